import { storableText } from '../storable.js';

const MESSAGE_LIMIT = 500;
const SCAN_LIMIT = 100_000;
/** A shorter one would blank out ordinary words. */
const SHORTEST_SECRET = 4;
/** Far above what a process uses; the oldest is forgotten first. */
const MOST_USED = 1_000;
const HIDDEN = '[redacted]';

/** What looks like a credential, whoever's it is. */
const PATTERNS = [
  /\bBearer\s+[\w.~+/=-]{8,}/gi,
  /\bBasic\s+[\w+/=-]{16,}/g,
  /\bsk-[\w*.-]{4,}/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /\bmc_[\w-]{20,}/g, // API keys of this service
  /\beyJ[\w-]{8,}\.[\w-]+\.[\w-]+/g, // JSON web tokens
  /\b[0-9a-f]{8}-[0-9a-f-]{27}\.[\w-]{43}\b/g, // refresh tokens
];
/** What stands where a credential stands: the first group stays. */
const PLACES = [
  /(:\/\/[^\s:/@"\\]*:)[^\s/@"\\]+(?=@)/g, // the password of a URL
  /([?&][\w-]*(?:key|token|secret|password)[\w-]*=)[^&\s"#\\]+/gi, // a parameter of a query
  /(\\*"(?:password|authorization|x-api-key|api-?key|refreshToken|accessToken)\\*":\s*\\*")[^"\\]+/gi,
];
// eslint-disable-next-line no-control-regex -- these are the characters to take out
const CONTROLS = /[\u0000-\u001f\u007f-\u009f]+/g;

/** Secrets among the settings, and those that calls were made with: the log is the whole process's. */
const ofSettings = new Set<string>();
const used = new Set<string>();

/** From now on these texts are taken out of all that is logged or kept of what others said. */
export function rememberSettings(secrets: Iterable<string>): void {
  for (const secret of secrets) ofSettings.add(secret);
}

/** Likewise, until a thousand others were remembered. */
export function rememberSecret(secret: string): void {
  if (used.has(secret)) return;
  used.add(secret);
  const [oldest] = used;
  if (used.size > MOST_USED && oldest !== undefined) used.delete(oldest);
}

/** A text, or JSON, without the secrets that are known or given and whatever looks like one. */
export function hideSecrets(text: string, secrets: Iterable<string> = []): string {
  let safe = text;
  for (const some of [ofSettings, used, secrets]) {
    for (const secret of some) safe = without(safe, secret);
  }
  for (const pattern of PATTERNS) safe = safe.replace(pattern, HIDDEN);
  for (const place of PLACES) safe = safe.replace(place, `$1${HIDDEN}`);
  return safe;
}

function without(text: string, secret: string): string {
  if (secret.length < SHORTEST_SECRET) return text;
  const safe = text.replaceAll(secret, HIDDEN);
  const escaped = JSON.stringify(secret).slice(1, -1);
  return escaped === secret ? safe : safe.replaceAll(escaped, HIDDEN);
}

/**
 * What a provider said, fit to be stored and logged: one line of at most `limit` characters, with
 * the given secrets and whatever looks like one taken out.
 */
export function safeText(text: string, secrets: readonly string[], limit = MESSAGE_LIMIT): string {
  let safe = hideSecrets(text.slice(0, SCAN_LIMIT), secrets).replace(CONTROLS, ' ').trim();
  if (safe.length > limit) safe = `${safe.slice(0, limit - 1)}…`;
  return storableText(safe);
}
