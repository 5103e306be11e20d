// A provider that speaks OpenAI's chat completions and passes the probes, each answer after the
// same time; a stream sends half of its pieces early and half at the end. `GET /seen` tells what came since
// the last time it was asked.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

import { isObject, parseJson } from '../../src/shared/json.js';
import { obedientAnswer } from '../../test/support/obedient-model.js';
import { serveBaseline } from './children.js';

export interface ProviderTask {
  readonly answerMs: number;
}

/** So far from the end that a busy service seldom reads both halves at once, which no probe likes. */
const EARLY = 0.1;
const IDLE_MS = 600_000; // a connection that closes in the middle of a run would cost a retry

function isTask(value: unknown): value is ProviderTask {
  return isObject(value) && typeof value.answerMs === 'number';
}

serveBaseline(isTask, async ({ answerMs }) => {
  let seen: { requests: number; firstAt: string | null } = { requests: 0, firstAt: null };
  const server = createServer({ keepAliveTimeout: IDLE_MS }, (request, response) => {
    if (request.method === 'GET' && request.url !== '/seen') {
      // Who asks whether there is a model is a caller like the others, and is not counted.
      seen.firstAt ??= String(process.hrtime.bigint());
      response.writeHead(404).end();
      return;
    }
    if (request.method === 'GET') {
      response.end(JSON.stringify(seen));
      seen = { requests: 0, firstAt: null };
      return;
    }
    seen.firstAt ??= String(process.hrtime.bigint());
    seen.requests += 1;
    const due = performance.now() + answerMs;
    void bodyOf(request).then((body) => answer(body, response, due, answerMs));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port is free.');
  return `http://127.0.0.1:${address.port}`;
});

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = '';
  for await (const bytes of request) text += String(bytes);
  const body = parseJson(text);
  return isObject(body) ? body : {};
}

function answer(
  body: Record<string, unknown>,
  response: ServerResponse,
  due: number,
  answerMs: number,
): void {
  const said = obedientAnswer(body);
  const after = (share: number, send: () => void) =>
    setTimeout(send, due - performance.now() - (1 - share) * answerMs);
  if ('json' in said) {
    response.statusCode = said.status;
    response.setHeader('content-type', 'application/json');
    after(1, () => response.end(said.json));
    return;
  }
  const { events } = said;
  response.setHeader('content-type', 'text/event-stream');
  const half = events.length / 2;
  // One after the other: two timers of a starved process may change places.
  after(EARLY, () => {
    response.write(events.slice(0, half).join(''));
    after(1, () => response.end(events.slice(half).join('')));
  });
}
