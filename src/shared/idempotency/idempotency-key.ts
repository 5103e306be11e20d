import { requestHeader } from '../http/request-header.js';

/** The `Idempotency-Key` header, as it came; undefined: there is none. */
export const IdempotencyKey = requestHeader('idempotency-key');
