import { EventStreamCodec } from '@smithy/core/event-streams';

import type { ScriptedAnswer } from './scripted-provider.js';

const codec = new EventStreamCodec(
  (bytes) => (typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString()),
  (text) => Buffer.from(text),
);

type Fields = Readonly<Record<string, unknown>>;

/** One frame of an AWS event stream, with headers of any kind. */
export function frame(
  headers: Readonly<Record<string, string>>,
  body: string | Uint8Array = '',
): Uint8Array {
  const typed = Object.entries(headers).map(
    ([name, value]) => [`:${name}`, { type: 'string' as const, value }] as const,
  );
  return codec.encode({ headers: Object.fromEntries(typed), body: Buffer.from(body) });
}

/** An event, as `{ messageStop: { stopReason: 'end_turn' } }`. */
export function event(fields: Fields): Uint8Array {
  const [[name, payload] = ['', {}]] = Object.entries(fields);
  const headers = { 'event-type': name, 'message-type': 'event' };
  return frame({ ...headers, 'content-type': 'application/json' }, JSON.stringify(payload));
}

/** An exception within a stream, as `{ throttlingException: { message: 'Slow down' } }`. */
export function exception(fields: Fields): Uint8Array {
  const [[name, payload] = ['', {}]] = Object.entries(fields);
  const headers = { 'exception-type': name, 'message-type': 'exception' };
  return frame({ ...headers, 'content-type': 'application/json' }, JSON.stringify(payload));
}

/** A stream of events; bytes are sent as they are, numbers pause. */
export function eventStream(
  pieces: readonly (Fields | Uint8Array | number)[],
  rest: Pick<ScriptedAnswer, 'headers' | 'ending'> = {},
): ScriptedAnswer {
  return {
    ...rest,
    headers: { 'content-type': 'application/vnd.amazon.eventstream', ...rest.headers },
    body: pieces.map((piece) =>
      typeof piece === 'number' || piece instanceof Uint8Array ? piece : event(piece),
    ),
  };
}

/** An answer of Converse. */
export function converse(
  content: readonly object[],
  stopReason: string | null = 'end_turn',
  more: object = {},
): object {
  return {
    output: { message: { role: 'assistant', content } },
    stopReason,
    usage: { inputTokens: 11, outputTokens: 7, totalTokens: 18 },
    metrics: { latencyMs: 5 },
    ...more,
  };
}

/** A refusal, as AWS puts it. */
export function refusal(name: string, message: string, status: number): ScriptedAnswer {
  const headers = {
    'content-type': 'application/json',
    'x-amzn-errortype': `${name}:http://internal.amazon.com/coral/com.amazon.bedrock/`,
    'x-amzn-requestid': 'req-7',
  };
  return { status, headers, body: [JSON.stringify({ message })] };
}
