import { ValidationPipe, type ArgumentMetadata, type ValidationError } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';

import { isObject } from '../json.js';
import { isStorable } from '../storable.js';
import { InvalidInput, type FieldProblem } from './problem.js';

/** Names that every object has in JavaScript; the transformation would drop them unsaid. */
const SPECIAL = new Set(Object.getOwnPropertyNames(Object.prototype));
/** More than any input needs, and far from what exhausts the stack. */
const MAX_DEPTH = 32;
/** More than any object has; each that is not known costs time. */
const MAX_FIELDS = 1_000;
/** So many problems are named; a body could have a million. */
const MAX_PROBLEMS = 20;

const RULES = { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: true } as const;

/**
 * Checks a value against a DTO class, as a body is. Without a pause: no rule needs to wait, and
 * waiting for every nested object takes half as long again.
 * @throws InvalidInput
 */
export async function validateInput<T extends object>(
  type: new () => T,
  value: unknown,
): Promise<T> {
  checkStorable(value);
  if (!isObject(value)) throw InvalidInput.field('', 'must be a JSON object');
  const input = plainToInstance(type, value);
  const errors = validateSync(input, RULES);
  if (errors.length > 0) throw invalid(flatten(errors));
  return input;
}

/** Validates every body and query against its DTO; unknown fields are refused. */
export class InputPipe extends ValidationPipe {
  constructor() {
    super({
      ...RULES,
      transform: true,
      exceptionFactory: (errors) => invalid(flatten(errors)),
    });
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    const { data: name } = metadata;
    checkStorable(name === undefined ? value : { [name]: value });
    if (metadata.type === 'body' && !isObject(value)) {
      throw InvalidInput.field('', 'must be a JSON object');
    }
    return super.transform(value, metadata) as Promise<unknown>;
  }
}

function flatten(errors: readonly ValidationError[], parent = ''): FieldProblem[] {
  return errors.flatMap((error) => {
    const pointer = `${parent}/${escapePointer(error.property)}`;
    const message = messageOf(error);
    const own = message === null ? [] : [{ pointer, message }];
    return [...own, ...flatten(error.children ?? [], pointer)];
  });
}

/** Of several rules that a field breaks, the first: the others tell nothing new of a wrong type. */
function messageOf({ constraints = {}, property, value }: ValidationError): string | null {
  const [broken] = Object.values(constraints);
  if (broken === undefined) return null;
  return value === undefined ? 'must be given' : withoutName(broken, property);
}

/** class-validator begins its messages with the property's name, which the pointer says already. */
function withoutName(message: string, property: string): string {
  if (message === `property ${property} should not exist`) return 'is not a known field';
  return message.startsWith(`${property} `) ? message.slice(property.length + 1) : message;
}

/**
 * What must hold of every input before anything looks at it closely.
 * @throws InvalidInput for what cannot be stored, or nests so deep that it exhausts a stack
 */
export function checkStorable(value: unknown): void {
  const problems = unstorable(value);
  if (problems.length > 0) throw invalid(problems);
}

function invalid(problems: readonly FieldProblem[]): InvalidInput {
  return new InvalidInput(problems.slice(0, MAX_PROBLEMS));
}

function unstorable(value: unknown, depth = 0): FieldProblem[] {
  if (typeof value === 'string') {
    return isStorable(value)
      ? []
      : [{ pointer: '', message: 'must not contain NUL or unpaired surrogate characters' }];
  }
  if (typeof value !== 'object' || value === null) return [];
  if (depth === MAX_DEPTH) {
    return [{ pointer: '', message: `must nest no deeper than ${MAX_DEPTH}` }];
  }
  const entries = Object.entries(value);
  if (entries.length > MAX_FIELDS && !Array.isArray(value)) {
    return [{ pointer: '', message: `must not have more than ${MAX_FIELDS} fields` }];
  }
  return entries.flatMap(([key, child]) => [
    ...(isStorable(key)
      ? []
      : [{ pointer: '', message: 'has a field name that cannot be stored' }]),
    ...[
      ...(SPECIAL.has(key) ? [{ pointer: '', message: 'has a name that no field may have' }] : []),
      ...unstorable(child, depth + 1),
    ].map(({ pointer, message }) => ({
      pointer: `/${escapePointer(key)}${pointer}`,
      message,
    })),
  ]);
}

function escapePointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
