import type Anthropic from '@anthropic-ai/sdk';
import type { ToolCall } from '../adapter.js';
import { isObject, stringOrNull, type JsonObject } from '../../shared/json.js';
import { MalformedAnswer } from '../speaker.js';
import { toolInput } from '../tool-input.js';

/** The blocks of an answered turn that must go back as they came. */
export function isReplay(replay: unknown): replay is Anthropic.ContentBlockParam[] {
  return Array.isArray(replay) && replay.length > 0 && replay.every(isObject);
}

/** The turn to send back; null: it holds no thinking, so that text and tool calls say it all. */
export function replayOf(blocks: readonly JsonObject[]): readonly JsonObject[] | null {
  const thought = blocks.some(({ type }) => type === 'thinking' || type === 'redacted_thinking');
  return thought ? blocks : null;
}

/** The texts of one kind of block, joined. @throws MalformedAnswer when one is no text */
export function joinTexts(blocks: readonly JsonObject[], kind: 'text' | 'thinking'): string {
  return blocks
    .filter(({ type }) => type === kind)
    .map((block) => textOf(block, kind))
    .join('');
}

/** A field that must be text; empty when it is absent. @throws MalformedAnswer when it is not */
export function textOf(fields: JsonObject, field: string): string {
  const value = fields[field] ?? '';
  if (typeof value !== 'string') throw new MalformedAnswer(`${field} is not text`);
  return value;
}

/**
 * The tool call a block is.
 *
 * @param written the arguments as they were streamed; empty: those in the block count
 * @throws MalformedAnswer when it has no name
 */
export function readToolCall(block: JsonObject, written = ''): ToolCall {
  const name = stringOrNull(block.name);
  if (name === null) throw new MalformedAnswer('a tool call has no name');
  return { id: stringOrNull(block.id) ?? '', name, arguments: written || toText(block.input) };
}

/**
 * The arguments of a call as the object the API wants. What is no JSON object goes back in the
 * wrapping that Anthropic asks for (documentation: "Fine-grained tool streaming").
 */
export function toInput(written: string): JsonObject {
  return written === '' ? {} : (toolInput(written) ?? { INVALID_JSON: written });
}

function toText(input: unknown): string {
  try {
    return JSON.stringify(input ?? {});
  } catch {
    throw new MalformedAnswer('tool arguments are nested too deeply'); // it writes by recursion
  }
}
