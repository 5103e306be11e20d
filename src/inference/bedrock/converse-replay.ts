import type { ContentBlock } from '@aws-sdk/client-bedrock-runtime';
import { numberOrNull, objectOrNull, stringOrNull, type JsonObject } from '../../shared/json.js';
import { toInput } from './document.js';

/** A block while its pieces come. */
interface Pieces {
  text: string;
  reasoning: string;
  signature: string | null;
  redacted: Uint8Array | null;
  tool: { id: string; name: string; input: string } | null;
}

/**
 * The content blocks that the events of a stream make, as Converse would have answered them; null
 * when none of them reasons, since text and tool calls then say it all.
 */
export function joinBlocks(events: readonly unknown[]): ContentBlock[] | null {
  const blocks = new Map<number, Pieces>();
  for (const event of events) addEvent(blocks, objectOrNull(event) ?? {});
  const pieces = [...blocks].sort(([left], [right]) => left - right).map(([, block]) => block);
  return pieces.some(reasons) ? pieces.flatMap(toBlock) : null;
}

function addEvent(blocks: Map<number, Pieces>, event: JsonObject): void {
  const carrier = objectOrNull(event.contentBlockStart) ?? objectOrNull(event.contentBlockDelta);
  if (carrier === null) return;
  const index = numberOrNull(carrier.contentBlockIndex) ?? 0;
  const block = blocks.get(index) ?? none();
  blocks.set(index, block);
  const tool = objectOrNull(objectOrNull(carrier.start)?.toolUse);
  if (tool !== null) {
    const { toolUseId, name } = tool;
    block.tool = { id: stringOrNull(toolUseId) ?? '', name: stringOrNull(name) ?? '', input: '' };
  }
  const delta = objectOrNull(carrier.delta);
  if (delta !== null) addDelta(block, delta);
}

function addDelta(block: Pieces, delta: JsonObject): void {
  block.text += stringOrNull(delta.text) ?? '';
  if (block.tool !== null) {
    block.tool.input += stringOrNull(objectOrNull(delta.toolUse)?.input) ?? '';
  }
  const reasoning = objectOrNull(delta.reasoningContent);
  if (reasoning === null) return;
  const { text, signature, redactedContent } = reasoning;
  block.reasoning += stringOrNull(text) ?? '';
  if (typeof signature === 'string') block.signature = (block.signature ?? '') + signature;
  if (redactedContent instanceof Uint8Array) block.redacted = redactedContent;
}

function toBlock(block: Pieces): ContentBlock[] {
  const { text, reasoning, signature, redacted, tool } = block;
  if (redacted !== null) return [{ reasoningContent: { redactedContent: redacted } }];
  if (reasons(block)) {
    const reasoningText = { text: reasoning, ...(signature === null ? {} : { signature }) };
    return [{ reasoningContent: { reasoningText } }];
  }
  if (tool !== null) {
    const { id, name, input } = tool;
    return [{ toolUse: { toolUseId: id, name, input: toInput(input) } }];
  }
  return text === '' ? [] : [{ text }];
}

function reasons({ reasoning, signature, redacted }: Pieces): boolean {
  return reasoning !== '' || signature !== null || redacted !== null;
}

function none(): Pieces {
  return { text: '', reasoning: '', signature: null, redacted: null, tool: null };
}
