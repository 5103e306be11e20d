import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';

import type { Problem } from './problem.js';

const DETAILS: Record<string, readonly [status: number, detail: string]> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request did not arrive in time.'],
  HPE_HEADER_OVERFLOW: [431, 'The headers, with the path, are larger than 16 KB.'],
};
const MALFORMED = [400, 'This is not HTTP/1.1.'] as const;

/** Answers what never became a request, with a problem document, and hangs up. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const [status, detail] = DETAILS[error.code ?? ''] ?? MALFORMED;
  const title = STATUS_CODES[status] ?? '';
  const problem: Omit<Problem, 'instance' | 'requestId'> = {
    ...{ type: 'about:blank', title, status, detail },
  };
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${status} ${title}`,
    'Content-Type: application/problem+json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  if (socket.writable) socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  socket.destroy(error);
}
