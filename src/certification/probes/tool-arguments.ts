import type { ValidateFunction } from 'ajv';

import { parseJson } from '../../shared/json.js';
import { fail, type Finding } from './probe.js';

/** The arguments of a call, or what is wrong with them. */
export type Arguments<T> =
  | { readonly values: T; readonly fault?: never }
  | { readonly fault: Finding; readonly values?: never };

/** Reads the arguments of a call by the schema of its tool, which allows no others. */
export function readArguments<T>(text: string, isValid: ValidateFunction<T>): Arguments<T> {
  const values = parseJson(text);
  if (values === undefined) return { fault: fail('ARGS_NOT_JSON', 'The arguments are not JSON.') };
  if (isValid(values)) return { values };
  const [error] = isValid.errors ?? [];
  const words = `Arguments${error?.instancePath ?? ''} ${error?.message ?? 'invalid'}.`;
  return { fault: fail('ARG_TYPE', words) };
}
