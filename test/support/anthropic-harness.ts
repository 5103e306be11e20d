import { AnthropicAdapter } from '../../src/inference/anthropic/anthropic.adapter.js';
import { AdapterHarness } from './adapter-harness.js';

/** The Anthropic adapter in front of a scripted provider. */
export function anthropicHarness(): Promise<AdapterHarness> {
  return AdapterHarness.start({
    create: (egress) => new AnthropicAdapter(egress),
    at: () => ({ providerSlug: 'anthropic' }),
  });
}

/** A message of the API. */
export function message(
  content: readonly object[],
  stopReason: string | null = 'end_turn',
  more: object = {},
): object {
  return {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'scripted-1',
    content,
    stop_reason: stopReason,
    stop_sequence: null,
    usage: { input_tokens: 11, output_tokens: 7 },
    ...more,
  };
}

/** An error as the API describes it. */
export function refusal(type: string, words: string, details?: object): object {
  return { type: 'error', error: { type, message: words, ...(details && { details }) } };
}

/** An event of a stream with the name that the API gives it. */
export function event(type: string, fields: object = {}): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}

export const START = event('message_start', {
  message: message([], null, { usage: { input_tokens: 11, output_tokens: 1 } }),
});
export const STOP = event('message_stop');

export function ending(stopReason: string | null = 'end_turn'): string {
  const delta = { stop_reason: stopReason, stop_sequence: null };
  return event('message_delta', { delta, usage: { output_tokens: 7 } }) + STOP;
}

/** The events of one content block. */
export function block(start: object, deltas: readonly object[], index = 0): string[] {
  return [
    event('content_block_start', { index, content_block: start }),
    ...deltas.map((delta) => event('content_block_delta', { index, delta })),
    event('content_block_stop', { index }),
  ];
}

export function textBlock(pieces: readonly string[], index = 0): string[] {
  const deltas = pieces.map((text) => ({ type: 'text_delta', text }));
  return block({ type: 'text', text: '' }, deltas, index);
}
