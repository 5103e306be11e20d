import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Transform, Type as TransformType } from 'class-transformer';
import {
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsObject,
  IsString,
  isISO8601,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateBy,
  ValidateNested,
} from 'class-validator';

import { REGION_PATTERN, REGION_RULE } from '../region.js';
import { field, type FieldOptions } from './field.js';

/** A string, its ends trimmed. */
export function TextField(
  options: FieldOptions & {
    maxLength: number;
    minLength?: number;
    pattern?: RegExp;
    rule?: string;
  },
) {
  const { maxLength, minLength = 1, pattern, rule } = options;
  return applyDecorators(
    field(
      options,
      { type: String, minLength, maxLength, ...(pattern && { pattern: pattern.source }) },
      IsString(),
      MinLength(minLength),
      MaxLength(maxLength),
      ...(pattern ? [Matches(pattern, { message: rule ?? `must match ${pattern.source}` })] : []),
    ),
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' ? value.trim() : value,
    ),
  );
}

/** An http or https URL, without credentials and without a fragment. */
export function UrlField(options: FieldOptions) {
  return field(
    options,
    { type: String, format: 'uri', maxLength: 2000, pattern: HTTP_URL.source },
    IsString(),
    MaxLength(2000),
    ValidateBy({
      name: 'httpUrl',
      validator: {
        validate: isHttpUrl,
        defaultMessage: () =>
          '$property must be an http or https URL without credentials and fragment',
      },
    }),
  );
}

/** `URL` takes more: it looks for a host that is left out further on, and lets go of spaces. */
const HTTP_URL = /^https?:\/\/[^\s/?#@\\]+([/?][^\s#]*)?$/;

function isHttpUrl(value: unknown): boolean {
  return typeof value === 'string' && HTTP_URL.test(value) && URL.canParse(value);
}

export function IntegerField(
  options: FieldOptions & { min: number; max: number; fromText?: boolean },
) {
  const { min, max, fromText } = options;
  return applyDecorators(
    field(options, { type: 'integer', minimum: min, maximum: max }, IsInt(), Min(min), Max(max)),
    ...(fromText ? [TransformType(() => Number)] : []),
  );
}

/** A finite number. */
export function NumberField(
  options: FieldOptions & { min: number; max: number; fromText?: boolean },
) {
  const { min, max, fromText } = options;
  return applyDecorators(
    field(
      options,
      { type: Number, minimum: min, maximum: max },
      IsNumber({ allowNaN: false, allowInfinity: false }),
      Min(min),
      Max(max),
    ),
    ...(fromText ? [TransformType(() => Number)] : []),
  );
}

/** A region in a query. */
export function RegionField(description: string) {
  return TextField({
    description,
    maxLength: 63,
    pattern: REGION_PATTERN,
    rule: REGION_RULE,
    optional: true,
  });
}

/** Where what an answer tells of was found, or is to be. */
export function RegionProperty() {
  return ApiProperty({
    example: 'us-east-1',
    description: 'Where; `global`: its provider has no regions.',
  });
}

export function BooleanField(options: FieldOptions & { fromText?: boolean }) {
  return applyDecorators(
    field(options, { type: Boolean }, IsBoolean()),
    ...(options.fromText
      ? [
          Transform(({ value }: { value: unknown }) =>
            value === 'true' ? true : value === 'false' ? false : value,
          ),
        ]
      : []),
  );
}

/** One of the values. @param name of the schema in the document; without it, it is written inline */
export function EnumField(
  options: FieldOptions & { values: Record<string, string>; name?: string },
) {
  const { values, name } = options;
  return field(
    options,
    { enum: values, ...(name && { enumName: name }) },
    IsIn(Object.values(values)),
  );
}

/** A uuid as this service writes them. */
export const UUID_PATTERN = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
export const UUID_RULE = 'must be a uuid in lower case';

export function UuidField(options: FieldOptions) {
  return field(
    options,
    { type: String, format: 'uuid', pattern: UUID_PATTERN.source },
    Matches(UUID_PATTERN, { message: UUID_RULE }),
  );
}

/**
 * An ISO 8601 date (midnight UTC) or date and time, from the year 1000 to 9999 in UTC: of other
 * forms and years `Date` and PostgreSQL read only some.
 */
export function DateField(options: FieldOptions) {
  return field(
    options,
    { type: String, format: 'date-time' },
    ValidateBy({
      name: 'date',
      validator: {
        validate: isDate,
        defaultMessage: () =>
          '$property must be a date such as 2024-10-22 or 2024-10-22T00:00:00Z, from 1000 to 9999',
      },
    }),
  );
}

const DATE = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/;

function isDate(value: unknown): boolean {
  if (typeof value !== 'string' || !DATE.test(value) || !isISO8601(value, { strict: true })) {
    return false;
  }
  const year = new Date(value).getUTCFullYear();
  return year >= 1000 && year <= 9999;
}

/** A JSON object of any shape, within bounds. */
export function JsonField(options: FieldOptions & { maxDepth?: number; maxLength?: number }) {
  const { maxDepth = MAX_DEPTH, maxLength = MAX_JSON } = options;
  return field(
    options,
    { type: 'object', additionalProperties: true },
    IsObject(),
    ValidateBy({
      name: 'boundedJson',
      validator: {
        validate: (value: unknown) => depthOf(value) <= maxDepth && sizeOf(value) <= maxLength,
        defaultMessage: () =>
          `$property must nest no deeper than ${maxDepth} and be no longer than ${maxLength} characters`,
      },
    }),
  );
}

const MAX_DEPTH = 8;
const MAX_JSON = 16_384;

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

function sizeOf(value: unknown): number {
  return JSON.stringify(value)?.length ?? 0;
}

/** An object of class `of`, validated in depth. */
export function ObjectField(options: FieldOptions & { of: new () => object }) {
  return applyDecorators(
    field(options, { type: options.of }, IsObject(), ValidateNested()),
    TransformType(() => options.of),
  );
}

/** Marks a field that requests may leave out and answers always carry. */
export function Always(): PropertyDecorator {
  return (target, key) => {
    // Said again in full: of the overriding declaration Swagger takes the type, and that of a
    // union is `Object`.
    const inherited: unknown = Reflect.getMetadata('swagger/apiModelProperties', target, key);
    ApiProperty({ ...Object(inherited), required: true })(target, key);
  };
}
