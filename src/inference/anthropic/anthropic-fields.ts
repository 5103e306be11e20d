import type { StopReason, Usage } from '../adapter.js';
import {
  isObject,
  numberOrNull,
  objectOrNull,
  stringOrNull,
  type JsonObject,
} from '../../shared/json.js';

/**
 * Anthropic counts what came from the cache and what was written to it apart from `input_tokens`;
 * here `inputTokens` is all input, as other providers report it. It reports no total.
 */
export function readUsage(usage: unknown): Usage | null {
  if (!isObject(usage)) return null;
  const uncached = numberOrNull(usage.input_tokens);
  const read = numberOrNull(usage.cache_read_input_tokens);
  const written = numberOrNull(usage.cache_creation_input_tokens);
  return {
    inputTokens: uncached === null ? null : uncached + (read ?? 0) + (written ?? 0),
    outputTokens: numberOrNull(usage.output_tokens),
    totalTokens: null,
    reasoningTokens: numberOrNull(objectOrNull(usage.output_tokens_details)?.thinking_tokens),
    cachedInputTokens: read,
    cacheWriteTokens: written,
  };
}

/** Where the answer was made, where the API says so. */
export function readRegion(usage: unknown): string | null {
  return stringOrNull(objectOrNull(usage)?.inference_geo);
}

/** Usage that a later event completes: its figures are cumulative, and null says nothing. */
export function laterUsage(earlier: JsonObject | null, later: unknown): JsonObject | null {
  if (!isObject(later)) return earlier;
  const said = Object.entries(later).filter(([, value]) => value !== null);
  return { ...earlier, ...Object.fromEntries(said) };
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
    case 'refusal':
      return 'content_filter';
    case 'model_context_window_exceeded':
      return 'context';
    default:
      return 'other';
  }
}
