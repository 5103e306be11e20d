// A provider that speaks OpenAI's chat completions and passes the probes, each answer after the
// same time; a stream sends half of its pieces early and half at the end. `GET /seen` tells what came since
// the last time it was asked.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

import { isObject, parseJson } from '../../src/shared/json.js';
import { serveBaseline } from './children.js';

export interface ProviderTask {
  readonly answerMs: number;
}

const PIECES = 10;
/** So far from the end that a busy service seldom reads both halves at once, which no probe likes. */
const EARLY = 0.1;
const CHARACTERS_PER_TOKEN = 4;
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
  const message = replyTo(body);
  const tokens = Math.ceil(lengthOf(body) / CHARACTERS_PER_TOKEN);
  const events = body.stream === true ? eventsOf(message, tokens) : null;
  const after = (share: number, send: () => void) =>
    setTimeout(send, due - performance.now() - (1 - share) * answerMs);
  if (events === null) {
    const known = !textOf(body.model).endsWith('-does-not-exist');
    const json = JSON.stringify(known ? completion(message, tokens) : UNKNOWN_MODEL);
    response.statusCode = known ? 200 : 404;
    response.setHeader('content-type', 'application/json');
    after(1, () => response.end(json));
    return;
  }
  response.setHeader('content-type', 'text/event-stream');
  const half = events.length / 2;
  // One after the other: two timers of a starved process may change places.
  after(EARLY, () => {
    response.write(events.slice(0, half).join(''));
    after(1, () => response.end(events.slice(half).join('')));
  });
}

const UNKNOWN_MODEL = { error: { message: 'No such model', code: 'model_not_found' } };

interface Reply {
  readonly content: string | null;
  readonly reason?: 'length';
  readonly tool_calls?: readonly object[];
}

function textOf(content: unknown): string {
  return typeof content === 'string' ? content : '';
}

/** What a model that does all it is asked says to the questions of the suite. */
function replyTo(body: Record<string, unknown>): Reply {
  const messages = Array.isArray(body.messages) ? body.messages.filter(isObject) : [];
  const question = textOf(messages.at(-1)?.content);
  const result = messages.findLast(({ role }) => role === 'tool')?.content;
  if (result !== undefined) return { content: textOf(result) };
  const asked = /code (\S+), quantity (\d+)/.exec(question);
  if (asked) {
    const [, code, quantity] = asked;
    const values = JSON.stringify({ code, quantity: Number(quantity), unit: 'kg' });
    const call = { name: nameOfTool(body.tools), arguments: values };
    return {
      content: null,
      tool_calls: [{ id: `call_${code}`, type: 'function', function: call }],
    };
  }
  if (question.includes('from one to one thousand'))
    return { content: 'one, two', reason: 'length' };
  const codes = question.match(/vault code is ([a-z]+-\d{4})/g);
  if (codes) return { content: codes.join(', ') };
  const token = /[a-z]+-\d{4}/.exec(question)?.[0] ?? 'no token';
  const numbers = Array.from({ length: 40 }, (_, index) => index + 1).join(' ');
  return {
    content: question.startsWith('Count') ? `${numbers} ${token}` : `${token}, by a river.`,
  };
}

function nameOfTool(tools: unknown): string {
  const [tool]: unknown[] = Array.isArray(tools) ? tools : [];
  const described = isObject(tool) ? tool.function : null;
  return isObject(described) ? String(described.name) : '';
}

function completion({ reason, ...message }: Reply, inputTokens: number): object {
  const finish_reason = reason ?? (message.tool_calls ? 'tool_calls' : 'stop');
  const choice = { index: 0, message: { role: 'assistant', ...message }, finish_reason };
  const head = { id: 'chatcmpl-1', object: 'chat.completion', ...common(message, inputTokens) };
  return { ...head, choices: [choice] };
}

function eventsOf(message: Reply, inputTokens: number): string[] {
  const text = message.content ?? '';
  const length = Math.ceil(text.length / PIECES);
  const chunk = (more: object) =>
    `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', ...more })}\n\n`;
  const choice = (delta: object, finish_reason: string | null) =>
    chunk({ model: 'bench-1', choices: [{ index: 0, delta, finish_reason }] });
  return [
    choice({ role: 'assistant', content: '' }, null),
    ...Array.from({ length: PIECES }, (_, index) =>
      choice({ content: text.slice(index * length, (index + 1) * length) }, null),
    ),
    choice({}, 'stop'),
    chunk({ ...common(message, inputTokens), choices: [] }),
    'data: [DONE]\n\n',
  ];
}

/** Of all messages, in characters. */
function lengthOf({ messages }: Record<string, unknown>): number {
  const texts = Array.isArray(messages) ? messages.filter(isObject) : [];
  return texts.reduce((sum, { content }) => sum + textOf(content).length, 0);
}

function common({ content }: Reply, prompt_tokens: number) {
  const completion_tokens = Math.ceil((content ?? 'call').length / CHARACTERS_PER_TOKEN);
  const total_tokens = prompt_tokens + completion_tokens;
  return { model: 'bench-1', usage: { prompt_tokens, completion_tokens, total_tokens } };
}
