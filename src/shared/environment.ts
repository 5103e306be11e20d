/** A setting that cannot be used; the message says which one and what it should be. */
export class ConfigError extends Error {}

/** A whole number from `min` to `max`; not set: `fallback`. @throws ConfigError */
export function integer(
  env: NodeJS.ProcessEnv,
  name: string,
  fallback: number,
  min: number,
  max: number,
): number {
  const text = env[name];
  if (!text) return fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new ConfigError(`${name} must be a whole number from ${min} to ${max}, not "${text}".`);
  }
  return value;
}

/** A number from 0 to `max`; not set, or 0: null. @throws ConfigError */
export function amount(env: NodeJS.ProcessEnv, name: string, max: number): number | null {
  const text = env[name];
  if (!text) return null;
  const value = Number(text);
  if (!(value >= 0 && value <= max)) {
    throw new ConfigError(`${name} must be a number from 0 to ${max}, not "${text}".`);
  }
  return value === 0 ? null : value;
}

/** One of the words allowed; not set: `fallback`. @throws ConfigError */
export function oneOf<T extends string>(
  env: NodeJS.ProcessEnv,
  name: string,
  fallback: T,
  allowed: readonly T[],
): T {
  const text = env[name];
  if (!text) return fallback;
  const value = allowed.find((candidate) => candidate === text);
  if (!value) throw new ConfigError(`${name} must be one of ${allowed.join(', ')}, not "${text}".`);
  return value;
}

/** `true` or `false`; not set: `fallback`. @throws ConfigError */
export function flag(env: NodeJS.ProcessEnv, name: string, fallback: boolean): boolean {
  const text = env[name];
  if (!text) return fallback;
  if (text !== 'true' && text !== 'false') {
    throw new ConfigError(`${name} must be true or false, not "${text}".`);
  }
  return text === 'true';
}

/** A URL of one of the protocols. @throws ConfigError also when it is not set */
export function url(env: NodeJS.ProcessEnv, name: string, protocols: readonly string[]): string {
  const text = env[name];
  if (!text) throw new ConfigError(`${name} is not set.`);
  // The value may hold a password, so it is not repeated in the message.
  const problem = new ConfigError(`${name} must be a URL that starts with ${protocols[0]}//`);
  if (!URL.canParse(text) || !protocols.includes(new URL(text).protocol)) throw problem;
  return text;
}

/** What stands between commas; not set: nothing. */
export function list(env: NodeJS.ProcessEnv, name: string): string[] {
  return (env[name] ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
}
