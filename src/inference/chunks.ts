import type { StreamChunk, ToolCall } from './adapter.js';
import { MalformedAnswer } from './speaker.js';

/** When the first event with text, reasoning or a tool call came; null: there was none. */
export function firstTokenMs(chunks: readonly StreamChunk[]): number | null {
  return chunks.find(carriesToken)?.atMs ?? null;
}

/** Whether it holds text, reasoning or a piece of a tool call. */
export function carriesToken({ text, reasoning, toolCalls }: StreamChunk): boolean {
  return text !== '' || reasoning !== '' || toolCalls.length > 0;
}

/**
 * The tool calls that the chunks hold in pieces, in the order of their index.
 *
 * @throws MalformedAnswer when one never got a name
 */
export function joinToolCalls(chunks: readonly StreamChunk[]): ToolCall[] {
  const calls = new Map<number, { id: string; name: string; pieces: string[] }>();
  for (const { toolCalls } of chunks) {
    for (const fragment of toolCalls) {
      const call = calls.get(fragment.index) ?? { id: '', name: '', pieces: [] };
      calls.set(fragment.index, call);
      call.id ||= fragment.id ?? '';
      call.name ||= fragment.name ?? '';
      call.pieces.push(fragment.arguments);
    }
  }
  return [...calls.entries()]
    .sort(([left], [right]) => left - right)
    .map(([, { id, name, pieces }]) => {
      if (name === '') throw new MalformedAnswer('a tool call has no name');
      return { id, name, arguments: pieces.join('') };
    });
}
