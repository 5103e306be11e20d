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

/**
 * Reasoning text: under either of the names servers use (vLLM has changed from the first to the
 * second), or as Mistral's thinking parts of the content.
 */
export function readReasoning(delta: JsonObject): string {
  const text = stringOrNull(delta.reasoning_content) || stringOrNull(delta.reasoning);
  if (text) return text;
  if (!Array.isArray(delta.content)) return '';
  return delta.content
    .map((part) => (isObject(part) && part.type === 'thinking' ? readText(part.thinking) : ''))
    .join('');
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

/**
 * Usage; what was read from a cache stands in the details, or at DeepSeek's and Moonshot's place.
 * xAI counts thoughts apart from `completion_tokens`, but within the total; here `outputTokens` is
 * all output, as other providers report it.
 */
export function readUsage(usage: unknown): Usage | null {
  if (!isObject(usage)) return null;
  const cached = objectOrNull(usage.prompt_tokens_details)?.cached_tokens;
  const inputTokens = numberOrNull(usage.prompt_tokens);
  const completion = numberOrNull(usage.completion_tokens);
  const totalTokens = numberOrNull(usage.total_tokens);
  const thought = objectOrNull(usage.completion_tokens_details)?.reasoning_tokens;
  const reasoningTokens = numberOrNull(thought);
  const all = (completion ?? 0) + (reasoningTokens ?? 0);
  const isApart = completion !== null && totalTokens === (inputTokens ?? 0) + all;
  return {
    inputTokens,
    outputTokens: isApart ? all : completion,
    totalTokens,
    reasoningTokens,
    cachedInputTokens: numberOrNull(cached ?? usage.prompt_cache_hit_tokens ?? usage.cached_tokens),
    cacheWriteTokens: null,
  };
}

/** OpenAI's words for why a model stopped, and those of servers that kept words of their own. */
const STOP_REASONS: ReadonlyMap<unknown, StopReason> = new Map<unknown, StopReason>([
  ['stop', 'stop'],
  ['eos', 'stop'],
  ['eos_token', 'stop'],
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['length', 'length'],
  ['max_tokens', 'length'],
  ['model_length', 'context'],
  ['tool_calls', 'tool_calls'],
  ['function_call', 'tool_calls'],
  ['tool_use', 'tool_calls'],
  ['content_filter', 'content_filter'],
]);

/** Why the model stopped; an empty word in the middle of a stream is none. */
export function readStopReason(reason: unknown): StopReason {
  if (reason === undefined || reason === null || reason === '') return null;
  return STOP_REASONS.get(reason) ?? 'other';
}
