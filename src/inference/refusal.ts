import { InferenceError, type ErrorCategory } from './inference-error.js';
import { safeText } from '../shared/secrets/hide-secrets.js';
import { answerFacts, type Speaker } from './speaker.js';

/** Leaves room in a message for the provider's name and a hint. */
const REASON_LIMIT = 350;
const WORD_LIMIT = 100;

/** An error as the provider described it. */
export interface Refusal {
  /** Status the judgement goes by: of HTTP, or the one a 200 wraps; null: none. */
  readonly status: number | null;
  /** Every code the error carries, the most general first: code or exception, type, inner code. */
  readonly codes: readonly string[];
  readonly param: string | null;
  readonly message: string;
}

/** A row of an adapter's error table: it holds when all of its conditions do. */
export interface Row {
  readonly category: ErrorCategory;
  /** A status, or any of the hundred when it ends in `xx`. */
  readonly status?: number | '5xx';
  /** Any of them, written without case and punctuation. */
  readonly codes?: readonly string[];
  readonly param?: RegExp;
  readonly message?: RegExp;
  /** Code recorded in place of the provider's. */
  readonly as?: string;
  /** Advice added to the message. */
  readonly hint?: string;
}

/**
 * The error for a refusal: of the first row that holds. What no row knows is UNKNOWN_ERROR, with
 * all its facts.
 */
export function refused(refusal: Refusal, rows: readonly Row[], speaker: Speaker): InferenceError {
  const row = matchingRow(refusal, rows);
  const code = row?.as ?? codeToKeep(refusal, row);
  const reason = safeText(refusal.message, speaker.secrets, REASON_LIMIT) || 'no reason given';
  const hint = row?.hint === undefined ? '' : ` ${row.hint}`;
  const message = `${speaker.provider} answered ${String(speaker.status)}: ${reason}${hint}`;
  const param = isPartOfSecret(refusal.param, speaker.secrets) ? null : refusal.param;
  const word = (text: string) => safeText(text, speaker.secrets, WORD_LIMIT);
  return new InferenceError(row?.category ?? 'UNKNOWN_ERROR', safeText(message, []), {
    ...answerFacts(speaker),
    ...(code === undefined ? {} : { code: word(code) }),
    ...(param === null ? {} : { param: word(param) }),
  });
}

/** The row that decides what a refusal means; undefined: none. */
export function matchingRow(refusal: Refusal, rows: readonly Row[]): Row | undefined {
  return rows.find((row) => holds(row, refusal));
}

/** A name cut out of a sentence may be a piece of a secret, which no longer looks like one. */
function isPartOfSecret(name: string | null, secrets: readonly string[]): boolean {
  return name !== null && name.length > 3 && secrets.some((secret) => secret.includes(name));
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
