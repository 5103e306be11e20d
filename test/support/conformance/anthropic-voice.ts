import { block, event, message, refusal, textBlock } from '../anthropic-harness.js';
import { json } from '../scripted-provider.js';
import { refused, wordsOf, type Said, type Streamed, type Voice } from './voice.js';

const KEY = 'canary-key-31337';

/** Anthropic's messages. */
export const ANTHROPIC: Voice = {
  name: 'Anthropic',
  kind: 'anthropic',
  target: (origin) => ({
    providerSlug: 'anthropic',
    authType: 'api_key',
    baseUrl: origin,
    credentials: { kind: 'api_key', apiKey: KEY },
    apiVersion: null,
    modelId: 'm-1',
    region: 'global',
  }),
  secrets: [KEY],
  paths: { whole: '/v1/messages', streamed: '/v1/messages' },
  requestIdHeader: 'request-id',
  whole,
  stream,
  preamble: [event('ping')],
  garbled: 'event: ping\ndata: {"type"\n\n',
  refusals: [
    refused('wrong key', 401, 'authentication_error', 'invalid x-api-key'),
    refused('no access', 403, 'permission_error', 'Your API key has no permission.'),
    refused('unknown model', 404, 'not_found_error', 'model: m-1'),
    refused(
      'too long',
      400,
      'invalid_request_error',
      'prompt is too long: 9000 tokens > 8192 maximum',
    ),
    refused('too fast', 429, 'rate_limit_error', 'This would exceed 50,000 tokens per minute.'),
    refused(
      'used up for today',
      429,
      'rate_limit_error',
      'This would exceed 1,000 tokens per day.',
    ),
    refused('overloaded', 529, 'overloaded_error', 'Overloaded'),
  ],
  refuse: ({ status, code, words }, headers) => json(refusal(code, words), status, headers),
};

function whole({ text = '', toolCall, usage = true }: Said): object {
  const said = text === '' ? [] : [{ type: 'text', text }];
  const calls =
    toolCall === undefined ? [] : [{ ...toBlock(toolCall), input: JSON.parse(toolCall.arguments) }];
  return message([...said, ...calls], stopReason(toolCall), usage ? {} : { usage: undefined });
}

function stream({ text = '', toolCall, usage = true }: Said): Streamed {
  const told = (figures: object): object => (usage ? { usage: figures } : { usage: undefined });
  const start = message([], null, told({ input_tokens: 11, output_tokens: 1 }));
  const ending = { delta: { stop_reason: stopReason(toolCall) }, ...told({ output_tokens: 7 }) };
  return {
    headers: { 'content-type': 'text/event-stream' },
    events: [
      event('message_start', { message: start }),
      ...(text === '' ? [] : textBlock(wordsOf(text))),
      ...(toolCall === undefined ? [] : streamedCall(toolCall)),
    ],
    stop: [event('message_delta', ending), event('message_stop')],
  };
}

function streamedCall(call: NonNullable<Said['toolCall']>): string[] {
  const pieces = [call.arguments.slice(0, 3), call.arguments.slice(3)];
  const deltas = pieces.map((partial_json) => ({ type: 'input_json_delta', partial_json }));
  return block({ ...toBlock(call), input: {} }, deltas, 1);
}

function toBlock({ id, name }: NonNullable<Said['toolCall']>): object {
  return { type: 'tool_use', id, name };
}

function stopReason(toolCall: Said['toolCall']): string {
  return toolCall === undefined ? 'end_turn' : 'tool_use';
}
