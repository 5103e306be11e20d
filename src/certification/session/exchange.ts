import type { InferenceAnswer, StopReason, ToolCall, Usage } from '../../inference/adapter.js';
import type { ErrorCategory, InferenceError } from '../../inference/inference-error.js';
import { jsonText } from '../../shared/json.js';
import { storableText } from '../../shared/storable.js';
import type { Tokens } from './budget.js';

const MAX_TEXT = 2_000;
/** No secret is longer: of a text that is cut before secrets are looked for, so much goes too. */
const LONGEST_SECRET = 8_000;

/** One request of a probe and what became of it: the evidence. Bounded, and free of secrets. */
export interface Exchange {
  readonly label: string;
  readonly streamed: boolean;
  /** The last message sent. */
  readonly asked: string;
  readonly tools: readonly string[];
  /** Every try that failed, in order; the last one failed for good when there is no answer. */
  readonly faults: readonly Fault[];
  /** Parameter the harness had to rename to be understood. */
  readonly adapted: string | null;
  readonly answered: boolean;
  readonly text: string;
  readonly toolCalls: readonly ToolCall[];
  readonly stopReason: StopReason;
  readonly usage: Usage | null;
  /** What it costs; absent without an answer, and in evidence of before it was kept. */
  readonly charged?: Tokens;
  readonly model: string | null;
  readonly region: string | null;
  readonly requestId: string | null;
  /** Of the try that was answered, without waits. */
  readonly totalMs: number | null;
  readonly firstTokenMs: number | null;
  /** Events of a stream. */
  readonly events: number | null;
  /** The provider's payload, as JSON text; null: there is none, or it is nested too deeply. */
  readonly raw: string | null;
}

export interface Fault {
  readonly category: ErrorCategory;
  readonly status: number | null;
  readonly code: string | null;
  readonly param: string | null;
  readonly requestId: string | null;
  readonly message: string;
  /** What the provider asked to wait; null: it said nothing. */
  readonly retryAfterMs: number | null;
  /** Waited before the next try. */
  readonly waitedMs: number;
}

/** Takes secrets out of a text. */
export type Hide = (text: string) => string;

/** Makes a text fit to be stored: without secrets, without what PostgreSQL refuses, not long. */
export function storable(text: string, hide: Hide): string {
  const isLong = text.length > MAX_TEXT + LONGEST_SECRET;
  const clean = isLong
    ? hide(text.slice(0, MAX_TEXT + LONGEST_SECRET)).slice(0, -LONGEST_SECRET)
    : hide(text);
  const isCut = isLong || clean.length > MAX_TEXT;
  const cut = isCut ? `${clean.slice(0, MAX_TEXT)}… (cut)` : clean;
  return storableText(cut);
}

export function faultOf(error: InferenceError, waitedMs: number, hide: Hide): Fault {
  return {
    category: error.category,
    status: error.status ?? null,
    code: error.code === undefined ? null : storable(error.code, hide),
    param: error.param === undefined ? null : storable(error.param, hide),
    requestId: error.requestId === undefined ? null : storable(error.requestId, hide),
    message: storable(error.message, hide),
    retryAfterMs: error.retryAfterMs ?? null,
    waitedMs,
  };
}

/** What an answer leaves as evidence. */
export function traceOf(answer: InferenceAnswer, hide: Hide) {
  const clean = (text: string) => storable(text, hide);
  const raw = jsonText(answer.raw);
  return {
    text: clean(answer.text),
    toolCalls: answer.toolCalls.slice(0, 10).map((call) => ({
      id: clean(call.id),
      name: clean(call.name),
      arguments: clean(call.arguments),
    })),
    stopReason: answer.stopReason,
    usage: answer.usage,
    model: answer.model && clean(answer.model),
    region: answer.region && clean(answer.region),
    requestId: answer.requestId && clean(answer.requestId),
    totalMs: Math.round(answer.totalMs),
    raw: raw && clean(raw),
  };
}
