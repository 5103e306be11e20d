const MESSAGE_LIMIT = 500;
const SCAN_LIMIT = 100_000;
/** A shorter one would blank out ordinary words. */
const SHORTEST_SECRET = 4;
const HIDDEN = '[redacted]';

const PATTERNS = [
  /\bBearer\s+[\w.~+/=-]{8,}/gi,
  /\bsk-[\w*.-]{4,}/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
];
// eslint-disable-next-line no-control-regex -- these are the characters to take out
const CONTROLS = /[\u0000-\u001f\u007f-\u009f]+/g;
const LONE_SURROGATES = /\p{Surrogate}/gu;

/** A text without the given secrets and whatever looks like one. */
export function hideSecrets(text: string, secrets: Iterable<string>): string {
  let safe = text;
  for (const secret of secrets) {
    if (secret.length >= SHORTEST_SECRET) safe = safe.replaceAll(secret, HIDDEN);
  }
  for (const pattern of PATTERNS) safe = safe.replace(pattern, HIDDEN);
  return safe;
}

/**
 * What a provider said, fit to be stored and logged: one line of at most `limit` characters, with
 * the given secrets and whatever looks like one taken out.
 */
export function safeText(text: string, secrets: readonly string[], limit = MESSAGE_LIMIT): string {
  let safe = hideSecrets(text.slice(0, SCAN_LIMIT), secrets).replace(CONTROLS, ' ').trim();
  if (safe.length > limit) safe = `${safe.slice(0, limit - 1)}…`;
  return safe.replace(LONE_SURROGATES, '\ufffd');
}
