import { createHash, createHmac } from 'node:crypto';

import type { RecordedRequest } from './scripted-provider.js';

/** The signature AWS expects of a request of these keys ("Signature Version 4"), by our own sums. */
export function signatureOf(request: RecordedRequest, secretAccessKey: string): string {
  const { authorization = '' } = request.headers;
  const [, scope = '', names = ''] =
    /Credential=[^/]+\/([^,]+), SignedHeaders=([^,]+)/.exec(authorization) ?? [];
  const header = (name: string): string => String(request.headers[name]);
  const [path = '', query = ''] = request.path.split('?');
  const canonical = [
    request.method,
    path.split('/').map(encodeURIComponent).join('/'), // encoded already, and once more
    query.split('&').toSorted().join('&'),
    ...names.split(';').map((name) => `${name}:${header(name)}`),
    '',
    names,
    header('x-amz-content-sha256'),
  ].join('\n');
  const hash = createHash('sha256').update(canonical).digest('hex');
  const text = ['AWS4-HMAC-SHA256', header('x-amz-date'), scope, hash].join('\n');
  const key = scope
    .split('/')
    .reduce((last: string | Buffer, part) => hmac(last, part), `AWS4${secretAccessKey}`);
  return hmac(key, text).toString('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
