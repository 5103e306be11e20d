import { PreconditionFailedException } from '@nestjs/common';

import { matches, type JsonText } from './json-text.js';
import { requestHeader } from './request-header.js';

/** The `If-Match` header: the write is meant for a row as the client saw it. */
export const IfMatch = requestHeader('if-match');

/** @throws PreconditionFailedException when the row is not as the client saw it */
export function checkIfMatch(ifMatch: string | undefined, current: JsonText): void {
  if (ifMatch === undefined || matches(ifMatch, current.etag, false)) return;
  throw new PreconditionFailedException(
    'It was changed since it was read (If-Match); read it again.',
  );
}
