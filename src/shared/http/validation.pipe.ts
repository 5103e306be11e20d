import { ValidationPipe, type ArgumentMetadata, type ValidationError } from '@nestjs/common';

import { InvalidInput, type FieldProblem } from './problem.js';

/** PostgreSQL stores neither NUL nor half of a surrogate pair. */
const MAX_DEPTH = 32;
const UNSTORABLE = /\0|\p{Surrogate}/u;

/** Checks a value against a DTO class, as a body is. @throws InvalidInput */
export function validateInput<T extends object>(type: new () => T, value: unknown): Promise<T> {
  return pipe.transform(value, { type: 'body', metatype: type }) as Promise<T>;
}

/** Validates every body and query against its DTO; unknown fields are refused. */
export class InputPipe extends ValidationPipe {
  constructor() {
    super({
      whitelist: true,
      forbidNonWhitelisted: true,
      forbidUnknownValues: true,
      transform: true,
      exceptionFactory: (errors) => new InvalidInput(flatten(errors)),
    });
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    checkStorable(value);
    if (metadata.type === 'body' && (typeof value !== 'object' || value === null)) {
      throw InvalidInput.field('', 'must be a JSON object');
    }
    return super.transform(value, metadata) as Promise<unknown>;
  }
}

const pipe = new InputPipe();

function flatten(errors: readonly ValidationError[], parent = ''): FieldProblem[] {
  return errors.flatMap((error) => {
    const pointer = `${parent}/${escapePointer(error.property)}`;
    const own = Object.values(error.constraints ?? {}).map((message) => ({
      pointer,
      message: withoutName(message, error.property),
    }));
    return [...own, ...flatten(error.children ?? [], pointer)];
  });
}

/** class-validator begins its messages with the property's name, which the pointer says already. */
function withoutName(message: string, property: string): string {
  if (message === `property ${property} should not exist`) return 'is not a known field';
  return message.startsWith(`${property} `) ? message.slice(property.length + 1) : message;
}

/**
 * What must hold of every input before anything looks at it closely.
 * @throws InvalidInput for what PostgreSQL cannot store, or what nests so deep that it exhausts a stack
 */
export function checkStorable(value: unknown): void {
  const problems = unstorable(value, '', 0);
  if (problems.length > 0) throw new InvalidInput(problems);
}

function unstorable(value: unknown, pointer: string, depth: number): FieldProblem[] {
  if (depth > MAX_DEPTH) {
    return [{ pointer: '', message: `must nest no deeper than ${MAX_DEPTH} levels` }];
  }
  if (typeof value === 'string') {
    return UNSTORABLE.test(value)
      ? [{ pointer, message: 'must not contain NUL or unpaired surrogate characters' }]
      : [];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => [
    ...(UNSTORABLE.test(key)
      ? [{ pointer, message: 'has a field name that cannot be stored' }]
      : []),
    ...unstorable(child, `${pointer}/${escapePointer(key)}`, depth + 1),
  ]);
}

function escapePointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
