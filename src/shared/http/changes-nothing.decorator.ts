import { SetMetadata } from '@nestjs/common';

/** Metadata key of an endpoint whose requests are not for the audit. */
export const CHANGES_NOTHING = 'changesNothing';

/** Keeps the requests of an endpoint out of the audit: it changes nothing anybody asks about. */
export function ChangesNothing() {
  return SetMetadata(CHANGES_NOTHING, true);
}
