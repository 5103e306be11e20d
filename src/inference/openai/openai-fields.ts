import type { StopReason, ToolCall, ToolCallFragment, Usage } from '../adapter.js';
import {
  isObject,
  numberOrNull,
  objectOrNull,
  stringOrNull,
  type JsonObject,
} from '../../shared/json.js';
import { MalformedAnswer } from '../speaker.js';

/** The first choice; null: there is none. */
export function firstChoice(body: JsonObject): JsonObject | null {
  return Array.isArray(body.choices) ? objectOrNull(body.choices[0]) : null;
}

/** Text out of a string, or out of the text parts some providers answer with. */
export function readText(content: unknown): string {
  if (content === undefined || content === null) return '';
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) throw new MalformedAnswer('the content is neither text nor parts');
  return content
    .map((part) => (isObject(part) && part.type === 'text' ? (stringOrNull(part.text) ?? '') : ''))
    .join('');
}

/** Reasoning text, under either of the names providers use. */
export function readReasoning(delta: JsonObject): string {
  return stringOrNull(delta.reasoning_content) ?? stringOrNull(delta.reasoning) ?? '';
}

export function readToolCalls(calls: unknown): ToolCall[] {
  return readFragments(calls).map(({ id, name, arguments: args }) => {
    if (name === null) throw new MalformedAnswer('a tool call has no name');
    return { id: id ?? '', name, arguments: args };
  });
}

/** Tool calls, or pieces of them; a piece without an index counts by its place. */
export function readFragments(calls: unknown): ToolCallFragment[] {
  if (calls === undefined || calls === null) return [];
  if (!Array.isArray(calls)) throw new MalformedAnswer('the tool calls are no list');
  return calls.map((call: unknown, place) => {
    if (!isObject(call)) throw new MalformedAnswer('a tool call is no object');
    const called = objectOrNull(call.function);
    const args = called?.arguments ?? '';
    if (typeof args !== 'string') throw new MalformedAnswer('tool arguments are not text');
    return {
      index: numberOrNull(call.index) ?? place,
      id: stringOrNull(call.id),
      name: stringOrNull(called?.name),
      arguments: args,
    };
  });
}

export function readUsage(usage: unknown): Usage | null {
  if (!isObject(usage)) return null;
  return {
    inputTokens: numberOrNull(usage.prompt_tokens),
    outputTokens: numberOrNull(usage.completion_tokens),
    totalTokens: numberOrNull(usage.total_tokens),
    reasoningTokens: numberOrNull(objectOrNull(usage.completion_tokens_details)?.reasoning_tokens),
    cachedInputTokens: numberOrNull(objectOrNull(usage.prompt_tokens_details)?.cached_tokens),
    cacheWriteTokens: null,
  };
}

export function readStopReason(reason: unknown): StopReason {
  switch (reason) {
    case undefined:
    case null:
      return null;
    case 'stop':
    case 'length':
    case 'tool_calls':
    case 'content_filter':
      return reason;
    default:
      return 'other';
  }
}
