import type { StopReason, Usage } from '../adapter.js';
import { isObject, numberOrNull, objectOrNull, stringOrNull } from '../../shared/json.js';
import { MalformedAnswer } from '../speaker.js';

/** A text that may be left out. @throws MalformedAnswer when it is of another type */
export function readText(text: unknown): string {
  if (text === undefined || text === null) return '';
  if (typeof text !== 'string') throw new MalformedAnswer('the text is no text');
  return text;
}

/** The name of a tool that is called. @throws MalformedAnswer when there is none */
export function readName(name: unknown): string {
  if (typeof name === 'string' && name !== '') return name;
  throw new MalformedAnswer('a tool call has no name');
}

/**
 * Bedrock counts what came from the cache and what was written to it apart from `inputTokens`, but
 * within the total; here `inputTokens` is all input, as other providers report it.
 */
export function readUsage(usage: unknown): Usage | null {
  if (!isObject(usage)) return null;
  const uncached = numberOrNull(usage.inputTokens);
  const read = numberOrNull(usage.cacheReadInputTokens);
  const written = numberOrNull(usage.cacheWriteInputTokens);
  return {
    inputTokens: uncached === null ? null : uncached + (read ?? 0) + (written ?? 0),
    outputTokens: numberOrNull(usage.outputTokens),
    totalTokens: numberOrNull(usage.totalTokens),
    reasoningTokens: null,
    cachedInputTokens: read,
    cacheWriteTokens: written,
  };
}

export function readStopReason(reason: unknown): StopReason {
  switch (reason) {
    case undefined:
    case null:
      return null;
    case 'end_turn':
    case 'stop_sequence':
      return 'stop';
    case 'max_tokens':
      return 'length';
    case 'tool_use':
      return 'tool_calls';
    case 'guardrail_intervened':
    case 'content_filtered':
      return 'content_filter';
    case 'malformed_model_output':
    case 'malformed_tool_use':
      return 'malformed';
    case 'model_context_window_exceeded':
      return 'context';
    default:
      return 'other';
  }
}

/** The model that a prompt router chose; Bedrock names no other. */
export function readModel(trace: unknown): string | null {
  return stringOrNull(objectOrNull(objectOrNull(trace)?.promptRouter)?.invokedModelId);
}
