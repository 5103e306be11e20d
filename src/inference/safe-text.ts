const MESSAGE_LIMIT = 500;
const SCAN_LIMIT = 100_000;
/** A shorter key would blank out ordinary words. */
const SHORTEST_KEY = 4;
const HIDDEN = '[redacted]';

const SECRETS = [/\bBearer\s+[\w.~+/=-]{8,}/gi, /\bsk-[\w*.-]{4,}/g];
// eslint-disable-next-line no-control-regex -- these are the characters to take out
const CONTROLS = /[\u0000-\u001f\u007f-\u009f]+/g;
const LONE_SURROGATES = /\p{Surrogate}/gu;

/**
 * What a provider said, fit to be stored and logged: one line of at most `limit` characters, with
 * the given key and whatever looks like a key taken out.
 */
export function safeText(text: string, apiKey: string | null, limit = MESSAGE_LIMIT): string {
  let safe = text.slice(0, SCAN_LIMIT);
  if (apiKey !== null && apiKey.length >= SHORTEST_KEY) safe = safe.replaceAll(apiKey, HIDDEN);
  for (const secret of SECRETS) safe = safe.replace(secret, HIDDEN);
  safe = safe.replace(CONTROLS, ' ').trim();
  if (safe.length > limit) safe = `${safe.slice(0, limit - 1)}…`;
  return safe.replace(LONE_SURROGATES, '\ufffd');
}
