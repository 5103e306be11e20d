import { InferenceError } from '../inference-error.js';
import { retryAfterMs } from '../retry-after.js';
import { safeText } from '../safe-text.js';
import { ROWS, type Row } from './openai-error-table.js';
import { MalformedAnswer } from './openai-fields.js';
import type { Refusal } from './openai-refusal.js';

const SAMPLE_LIMIT = 200;
/** Leaves room in a message for the provider's name and a hint. */
const REASON_LIMIT = 350;
const WORD_LIMIT = 100;

/** Whose answer an error is about, and the key that must not be repeated from it. */
export interface Speaker {
  readonly provider: string;
  readonly apiKey: string | null;
  readonly headers: Headers;
  readonly status: number;
}

/** The error for a refusal. What no row of the table knows is UNKNOWN_ERROR with all its facts. */
export function refused(refusal: Refusal, speaker: Speaker): InferenceError {
  const row = matchingRow(refusal);
  const code = row?.as ?? codeToKeep(refusal, row);
  const reason = safeText(refusal.message, speaker.apiKey, REASON_LIMIT) || 'no reason given';
  const hint = row?.hint === undefined ? '' : ` ${row.hint}`;
  const message = `${speaker.provider} answered ${String(speaker.status)}: ${reason}${hint}`;
  return new InferenceError(row?.category ?? 'UNKNOWN_ERROR', safeText(message, null), {
    ...facts(speaker),
    ...(code === undefined ? {} : { code: safeText(code, speaker.apiKey, WORD_LIMIT) }),
    ...(refusal.param === null
      ? {}
      : { param: safeText(refusal.param, speaker.apiKey, WORD_LIMIT) }),
  });
}

/** The error for an answer that breaks the protocol, with the beginning of what came. */
export function notUnderstood(
  speaker: Speaker,
  code: string,
  words: string,
  sample?: string,
): InferenceError {
  const seen =
    sample === undefined ? '.' : `: ${safeText(sample, speaker.apiKey, SAMPLE_LIMIT) || '(empty)'}`;
  const message = `${speaker.provider} ${words}${seen}`;
  return new InferenceError('PROTOCOL_ERROR', message, { ...facts(speaker), code });
}

/** Whatever was thrown while an answer was read, as the error to throw. */
export function asInferenceError(
  error: unknown,
  provider: string,
  speaker?: Speaker,
): InferenceError {
  if (error instanceof InferenceError) return error;
  if (error instanceof MalformedAnswer && speaker !== undefined) {
    return notUnderstood(speaker, 'INVALID_ANSWER', `answered in a wrong form: ${error.message}`);
  }
  const words = `Calling ${provider} failed inside this service.`;
  return new InferenceError('INTERNAL_ERROR', words, { cause: error });
}

/** The provider's id of the exchange. */
export function requestId({ headers, apiKey }: Speaker): string | null {
  const id = headers.get('x-request-id') ?? headers.get('apim-request-id');
  return id === null ? null : safeText(id, apiKey, WORD_LIMIT);
}

/** The row that decides what a refusal means; undefined: none. */
export function matchingRow(refusal: Refusal): Row | undefined {
  return ROWS.find((row) => holds(row, refusal));
}

function facts(speaker: Speaker): { status: number; requestId?: string; retryAfterMs?: number } {
  const id = requestId(speaker);
  const wait = retryAfterMs(speaker.headers);
  return {
    status: speaker.status,
    ...(id === null ? {} : { requestId: id }),
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
  };
}

function holds(row: Row, { status, codes, param, message }: Refusal): boolean {
  return (
    (row.status === undefined ||
      row.status === status ||
      (row.status === '5xx' && status !== null && status >= 500)) &&
    (row.codes === undefined || codes.some((code) => row.codes?.includes(plain(code)))) &&
    (row.param === undefined || (param !== null && row.param.test(param))) &&
    (row.message === undefined || row.message.test(message))
  );
}

/** The code that decided, else the first that is a word, else the first. */
function codeToKeep({ codes }: Refusal, row: Row | undefined): string | undefined {
  return (
    codes.find((code) => row?.codes?.includes(plain(code))) ??
    codes.find((code) => !/^\d+$/.test(code)) ??
    codes[0]
  );
}

function plain(code: string): string {
  return code.toLowerCase().replace(/[^a-z0-9]/g, '');
}
