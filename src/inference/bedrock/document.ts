import type { ConverseCommandInput } from '@aws-sdk/client-bedrock-runtime';
import { isObject } from '../../shared/json.js';
import { MalformedAnswer } from '../speaker.js';
import { toolInput } from '../tool-input.js';

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
  return toDocument(toolInput(args) ?? {});
}

/** Arguments of a tool as JSON text. @throws MalformedAnswer when they nest too deeply */
export function toArguments(input: unknown): string {
  try {
    return JSON.stringify(input ?? {}, (_, value: unknown) => plainNumber(value));
  } catch {
    throw new MalformedAnswer('tool arguments are nested too deeply'); // it writes by recursion
  }
}

/** The SDK keeps numbers that lose digits in a form of its own. */
function plainNumber(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  return isObject(value) && value.type === 'bigDecimal' && typeof value.string === 'string'
    ? Number(value.string)
    : value;
}
