import { errorCode } from '../shared/error-code.js';
import { InferenceError, type ErrorCategory } from './inference-error.js';

type Fault = readonly [category: ErrorCategory, words: string];

/** What each network code means; the words follow the host's name. */
const FAULTS: Readonly<Record<string, Fault>> = {
  ECONNREFUSED: ['NETWORK_ERROR', 'refused the connection'],
  ECONNRESET: ['NETWORK_ERROR', 'reset the connection'],
  EPIPE: ['NETWORK_ERROR', 'closed the connection'],
  UND_ERR_SOCKET: ['NETWORK_ERROR', 'closed the connection'],
  ENOTFOUND: ['NETWORK_ERROR', 'is not known to DNS'],
  EAI_AGAIN: ['NETWORK_ERROR', 'could not be looked up in DNS'],
  EHOSTUNREACH: ['NETWORK_ERROR', 'cannot be reached'],
  ENETUNREACH: ['NETWORK_ERROR', 'cannot be reached'],
  ETIMEDOUT: ['TIMEOUT', 'did not accept a connection in time'],
  UND_ERR_CONNECT_TIMEOUT: ['TIMEOUT', 'did not accept a connection in time'],
  UND_ERR_HEADERS_TIMEOUT: ['TIMEOUT', 'did not begin to answer in time'],
  UND_ERR_BODY_TIMEOUT: ['TIMEOUT', 'fell silent within its answer'],
  UND_ERR_HEADERS_OVERFLOW: ['PROTOCOL_ERROR', 'answered with too large headers'],
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: ['PROTOCOL_ERROR', 'answered with a wrong content length'],
  UND_ERR_DESTROYED: ['CANCELLED', 'was not asked: this process is shutting down'],
  UND_ERR_CLOSED: ['CANCELLED', 'was not asked: this process is shutting down'],
  UND_ERR_ABORTED: ['CANCELLED', 'was left before it had answered'],
};

/** Codes known by how they begin: OpenSSL's, the HTTP parser's, the decompressors'. */
const FAMILIES: readonly (readonly [begin: RegExp, fault: Fault])[] = [
  [
    /^(?:ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|EPROTO)/,
    ['NETWORK_ERROR', 'failed the TLS handshake'],
  ],
  [/^HPE_/, ['PROTOCOL_ERROR', 'did not answer in HTTP']],
  [/^(?:Z_|ERR__)/, ['PROTOCOL_ERROR', 'answered with a broken compressed body']],
];

/** Turns whatever a network call threw into an InferenceError that names the host. */
export function networkFault(error: unknown, host: string): InferenceError {
  const root = rootOf(error);
  if (root instanceof InferenceError) return root;
  const code = codeOf(root);
  if (code === undefined) {
    return new InferenceError('UNKNOWN_ERROR', `The call to ${host} failed.`, { cause: error });
  }
  const [category, words] = FAULTS[code] ??
    FAMILIES.find(([begin]) => begin.test(code))?.[1] ?? ['UNKNOWN_ERROR', 'could not be called'];
  // Without the cause: a parser's error carries what the host sent.
  return new InferenceError(category, `${host} ${words} (${code}).`, { code });
}

/** The first error down the chain of causes that is ours or carries a code. */
function rootOf(error: unknown): unknown {
  let at = error;
  for (let depth = 0; depth < 5 && at instanceof Error; depth++) {
    if (at instanceof InferenceError || codeOf(at) !== undefined) return at;
    at = at instanceof AggregateError ? at.errors[0] : at.cause;
  }
  return error;
}

function codeOf(error: unknown): string | undefined {
  const code = errorCode(error);
  if (code !== undefined || !(error instanceof Error)) return code;
  return error.name === 'HTTPParserError' ? 'HPE_INVALID' : undefined; // undici leaves its code out
}
