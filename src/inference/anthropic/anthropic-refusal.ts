import { isObject, objectOrNull, parseJson, stringOrNull } from '../../shared/json.js';
import type { InferenceError } from '../inference-error.js';
import { refused, type Refusal } from '../refusal.js';
import type { Speaker } from '../speaker.js';
import { ROWS } from './anthropic-error-table.js';

/**
 * Anthropic names the parameter only in words: the first of these, with the path it begins. The
 * words of a path are listed, so that no piece of a key can pass for one.
 */
const NAMED_PARAM =
  /\b(?:temperature|top_p|top_k|stop_sequences|max_tokens|tool_choice|tools|thinking|effort|output_config|output_format|messages(?=\.))(?:\.(?:\d{1,6}|content|image|text|type|enabled|adaptive|budget_tokens|effort|format|schema|custom|input_schema))*\b/;

/** Limits that a key can run into; each has its own headers. */
const LIMITS = ['requests', 'tokens', 'input-tokens', 'output-tokens'];

/** The error for an answer whose status is one. */
export function refusedAnswer(text: string, speaker: Speaker): InferenceError {
  return refused(readRefusal(speaker.status, parseJson(text), text), ROWS, withWait(speaker));
}

/** The error that a 200 or an event of a stream wraps; null: it wraps none. */
export function wrappedError(body: unknown, text: string, speaker: Speaker): InferenceError | null {
  if (!isObject(body) || (body.type !== 'error' && !isObject(body.error))) return null;
  return refused(readRefusal(null, body, text), ROWS, speaker);
}

/**
 * Reads an error: `{type: 'error', error: {type, message, details?: {error_code}}}`.
 *
 * @param status of HTTP when that is an error itself, else null
 * @param text the body; used as the message when it is not JSON or names none
 */
export function readRefusal(status: number | null, body: unknown, text: string): Refusal {
  const error = objectOrNull(objectOrNull(body)?.error) ?? {};
  const message = stringOrNull(error.message) ?? text;
  return {
    status,
    codes: [error.type, objectOrNull(error.details)?.error_code].flatMap(toCode),
    param: NAMED_PARAM.exec(message)?.[0] ?? null,
    message,
  };
}

function toCode(code: unknown): string[] {
  return typeof code === 'string' && code !== '' ? [code] : [];
}

/**
 * A 429 without `retry-after` still says when each limit is whole again; the wait is that of the
 * last one of those that are used up.
 */
function withWait(speaker: Speaker): Speaker {
  const { headers, status } = speaker;
  if (status !== 429 || headers.has('retry-after')) return speaker;
  const resets = LIMITS.filter(
    (limit) => Number(headers.get(`anthropic-ratelimit-${limit}-remaining`) ?? 0) === 0,
  )
    .map((limit) => Date.parse(headers.get(`anthropic-ratelimit-${limit}-reset`) ?? ''))
    .filter((at) => !Number.isNaN(at));
  if (resets.length === 0) return speaker;
  const wait = String(Math.max(0, Math.max(...resets) - Date.now()));
  const isWait = (name: string): boolean => name === 'retry-after-ms';
  return {
    ...speaker,
    headers: {
      get: (name) => (isWait(name) ? wait : headers.get(name)),
      has: (name) => isWait(name) || headers.has(name),
    },
  };
}
