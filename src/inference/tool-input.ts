import { isObject, parseJson, type JsonObject } from '../shared/json.js';

/** Deeper than any tool's arguments; a few thousand levels exhaust the stack of who writes them. */
const MAX_DEPTH = 500;

/** The object that arguments of a tool are; null: they are none, or nest too deeply to be sent. */
export function toolInput(args: string): JsonObject | null {
  const value = parseJson(args);
  return isObject(value) && nestsWithin(value, MAX_DEPTH) ? value : null;
}

function nestsWithin(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return depth > 0 && Object.values(value).every((child) => nestsWithin(child, depth - 1));
}
