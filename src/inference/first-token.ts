import type { StreamChunk } from './adapter.js';

/** When the first event with text, reasoning or a tool call came; null: there was none. */
export function firstTokenMs(chunks: readonly StreamChunk[]): number | null {
  return chunks.find(carriesToken)?.atMs ?? null;
}

function carriesToken({ text, reasoning, toolCalls }: StreamChunk): boolean {
  return text !== '' || reasoning !== '' || toolCalls.length > 0;
}
