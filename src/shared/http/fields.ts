import { applyDecorators } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { Transform, Type as TransformType } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsEnum,
  IsInt,
  IsISO8601,
  IsNumber,
  IsObject,
  IsString,
  IsUUID,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateIf,
  ValidateNested,
} from 'class-validator';

/**
 * One decorator per kind of field: it says once what a field may hold, for the validation and for
 * the OpenAPI document.
 */
interface FieldOptions {
  description: string;
  example?: unknown;
  /** May be left out. */
  optional?: boolean;
  /** May be null. */
  nullable?: boolean;
  default?: unknown;
}

type PlainSchema = Pick<
  ApiPropertyOptions,
  'type' | 'format' | 'minimum' | 'maximum' | 'minLength' | 'maxLength' | 'pattern' | 'isArray'
> & {
  enum?: Record<string, string>;
  enumName?: string;
  minItems?: number;
  maxItems?: number;
  items?: object;
};

function field(options: FieldOptions, schema: PlainSchema, ...rules: PropertyDecorator[]) {
  const { description, example, optional, nullable, default: fallback } = options;
  const canBeLeftOut = optional === true || fallback !== undefined;
  return applyDecorators(
    // One ValidateIf for both: a second one on the same property would replace the first.
    ValidateIf(
      (_, value) =>
        !(canBeLeftOut && value === undefined) && !(nullable === true && value === null),
    ),
    ...rules,
    ApiProperty({
      ...schema,
      description,
      required: !canBeLeftOut,
      ...(example !== undefined && { example }),
      ...(nullable && { nullable }),
      ...(fallback !== undefined && { default: fallback }),
    } as ApiPropertyOptions),
  );
}

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
export function NumberField(options: FieldOptions & { min: number; max: number }) {
  const { min, max } = options;
  return field(
    options,
    { type: Number, minimum: min, maximum: max },
    IsNumber({ allowNaN: false, allowInfinity: false }),
    Min(min),
    Max(max),
  );
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

export function EnumField(
  options: FieldOptions & { values: Record<string, string>; name: string },
) {
  return field(options, { enum: options.values, enumName: options.name }, IsEnum(options.values));
}

export function UuidField(options: FieldOptions) {
  return field(options, { type: String, format: 'uuid' }, IsUUID());
}

/** An ISO 8601 date or date and time. */
export function DateField(options: FieldOptions) {
  return field(options, { type: String, format: 'date-time' }, IsISO8601({ strict: true }));
}

/** A JSON object of any shape. */
export function JsonField(options: FieldOptions) {
  return field(options, { type: 'object' }, IsObject());
}

/** An object of class `of`, validated in depth. */
export function ObjectField(options: FieldOptions & { of: new () => object }) {
  return applyDecorators(
    field(options, { type: options.of }, IsObject(), ValidateNested()),
    TransformType(() => options.of),
  );
}

/** A list of distinct strings. */
export function TextListField(
  options: FieldOptions & {
    minItems?: number;
    maxItems: number;
    maxLength: number;
    pattern: RegExp;
    rule: string;
  },
) {
  const { minItems = 0, maxItems, maxLength, pattern, rule } = options;
  return field(
    options,
    {
      type: 'array',
      minItems,
      maxItems,
      items: { type: 'string', maxLength, pattern: pattern.source },
    },
    IsArray(),
    ArrayMinSize(minItems),
    ArrayMaxSize(maxItems),
    ArrayUnique(),
    IsString({ each: true }),
    MinLength(1, { each: true }),
    MaxLength(maxLength, { each: true }),
    Matches(pattern, { each: true, message: `each entry ${rule}` }),
  );
}

/** Marks a field that requests may leave out and answers always carry. */
export function Always() {
  return ApiProperty({ required: true });
}
