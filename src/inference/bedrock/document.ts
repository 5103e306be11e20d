import type { ConverseCommandInput } from '@aws-sdk/client-bedrock-runtime';
import { isObject, parseJson } from '../../shared/json.js';

/** JSON, as the SDK types it. */
export type Document = Exclude<ConverseCommandInput['additionalModelRequestFields'], undefined>;

/** The value as JSON; what JSON cannot hold becomes null. */
export function toDocument(value: unknown): Document {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (Array.isArray(value)) return value.map(toDocument);
  if (!isObject(value)) return null;
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(fields.map(([name, field]) => [name, toDocument(field)]));
}

/** Arguments of a tool as Bedrock takes them, an object; empty when the text is none. */
export function toInput(args: string): Document {
  const parsed = parseJson(args);
  return isObject(parsed) ? toDocument(parsed) : {};
}

/** Arguments of a tool as JSON text. */
export function toArguments(input: unknown): string {
  return JSON.stringify(input ?? {}, (_, value: unknown) => plainNumber(value));
}

/** The SDK keeps numbers that lose digits in a form of its own. */
function plainNumber(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  return isObject(value) && value.type === 'bigDecimal' && typeof value.string === 'string'
    ? Number(value.string)
    : value;
}
