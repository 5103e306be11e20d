import type { Refusal } from '../refusal.js';
import { isObject, objectOrNull, stringOrNull, type JsonObject } from '../../shared/json.js';

/** Where the parameter is named only in words: OpenAI's, Groq's (two), and a validator's path. */
const NAMED_PARAMS = [
  /(?:unsupported (?:parameter|value)|unknown parameter|unknown field|unrecognized request arguments? supplied):? *[`'"‘“]?([\w.[\]]+)/i,
  /\bproperty [`'"‘“]([\w.]+)[`'"’”] is unsupported\b/i,
  /^[`'"‘“]([\w.]+)[`'"’”] is not supported with this model\b/i,
  /["']loc["']: ?[[(]["']body["'], ?["'](\w+)["']/,
];

/**
 * The error a parsed body carries: OpenAI's `error` object, Azure's with an `innererror`, a plain
 * string, or the fields at the top. Null: the body describes no error.
 */
export function bodyError(body: unknown): JsonObject | null {
  const top: unknown = Array.isArray(body) ? body[0] : body;
  if (!isObject(top)) return null;
  if (isObject(top.error)) return top.error;
  if (typeof top.error === 'string') return { message: top.error, type: top.error_type };
  return top.object === 'error' ? top : null;
}

/**
 * Reads an error answer.
 *
 * @param status of HTTP when that is an error itself, else null
 * @param text the body; used as the message when it is not JSON or names none
 */
export function readRefusal(status: number | null, body: unknown, text: string): Refusal {
  const error = bodyError(body) ?? objectOrNull(body) ?? {};
  const message = messageOf(error) ?? text;
  const inner = objectOrNull(error.innererror);
  return {
    status: status ?? wrappedStatus(error),
    codes: [error.code, error.type, inner?.code].flatMap(toCode),
    param: stringOrNull(error.param) ?? namedParam(message),
    message,
  };
}

function namedParam(message: string): string | null {
  for (const words of NAMED_PARAMS) {
    const named = words.exec(message)?.[1];
    if (named !== undefined) return named;
  }
  return null;
}

function messageOf(error: JsonObject): string | null {
  const said = error.message ?? error.detail;
  if (said === undefined || said === null || said === '') return null;
  return typeof said === 'string' ? said : JSON.stringify(said);
}

function toCode(code: unknown): string[] {
  return (typeof code === 'string' && code !== '') || typeof code === 'number'
    ? [String(code)]
    : [];
}

/** Proxies put the status of their upstream into `code`. */
function wrappedStatus(error: JsonObject): number | null {
  const status = Number(error.code);
  return Number.isInteger(status) && status >= 400 && status < 600 ? status : null;
}
