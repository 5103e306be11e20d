/** An object out of parsed JSON, its fields not yet checked. */
export type JsonObject = { readonly [key: string]: unknown };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value when it is an object, else null. */
export function objectOrNull(value: unknown): JsonObject | null {
  return isObject(value) ? value : null;
}

/** The value when it is a string, else null. */
export function stringOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** The value when it is a number, else null. */
export function numberOrNull(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

/** The object a text is the JSON of. @throws Error when it is another kind of JSON */
export function parseObject(text: string): JsonObject {
  const value: unknown = JSON.parse(text);
  if (!isObject(value)) throw new Error('The text is no JSON object.');
  return value;
}

/** The value as JSON text, with integers of any size; null: it is nothing, or nested too deeply. */
export function jsonText(value: unknown): string | null {
  try {
    return JSON.stringify(value) ?? null;
  } catch (error) {
    return error instanceof TypeError ? withBigIntegers(value) : null; // it is written by recursion
  }
}

function withBigIntegers(value: unknown): string | null {
  try {
    const asText = (_: string, part: unknown) => (typeof part === 'bigint' ? String(part) : part);
    return JSON.stringify(value, asText) ?? null;
  } catch {
    return null;
  }
}

/** The parsed text, or undefined when it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
