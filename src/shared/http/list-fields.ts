import { applyDecorators } from '@nestjs/common';
import { Transform, Type as TransformType } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsIn,
  IsObject,
  IsString,
  Matches,
  MaxLength,
  MinLength,
  ValidateBy,
  ValidateNested,
} from 'class-validator';

import { field, type FieldOptions } from './field.js';

/** A list of objects of class `of`, each validated in depth. */
export function ObjectListField(
  options: FieldOptions & { of: new () => object; minItems: number; maxItems: number },
) {
  const { of, minItems, maxItems } = options;
  return applyDecorators(
    field(
      options,
      { type: of, isArray: true, minItems, maxItems },
      IsArray(),
      ArrayMinSize(minItems),
      ArrayMaxSize(maxItems),
      IsObject({ each: true }),
      ValidateNested({ each: true }),
    ),
    TransformType(() => of),
  );
}

/** A list of distinct strings. */
export function TextListField(
  options: FieldOptions & {
    minItems?: number;
    maxItems: number;
    maxLength: number;
    pattern?: RegExp;
    rule?: string;
  },
) {
  const { minItems = 0, maxItems, maxLength, pattern, rule } = options;
  return field(
    options,
    {
      type: 'array',
      minItems,
      maxItems,
      uniqueItems: true,
      items: {
        type: 'string',
        minLength: 1,
        maxLength,
        ...(pattern && { pattern: pattern.source }),
      },
    },
    IsArray(),
    ArrayMinSize(minItems),
    ArrayMaxSize(maxItems),
    ValidateBy({
      name: 'distinct',
      validator: {
        // Not class-validator's own ArrayUnique: it compares each entry with each.
        validate: (value: unknown) => !Array.isArray(value) || new Set(value).size === value.length,
        defaultMessage: () => 'must not name an entry twice',
      },
    }),
    IsString({ each: true }),
    MinLength(1, { each: true }),
    MaxLength(maxLength, { each: true }),
    ...(pattern ? [Matches(pattern, { each: true, message: `each entry ${rule ?? ''}` })] : []),
  );
}

/** In a query: one or several of the values; the parameter may be repeated. */
export function EnumListField(
  options: FieldOptions & { values: Record<string, string>; name: string },
) {
  return applyDecorators(
    field(
      options,
      { enum: options.values, enumName: options.name, isArray: true },
      IsArray(),
      ArrayMaxSize(Object.keys(options.values).length),
      IsIn(Object.values(options.values), { each: true }),
    ),
    Transform(({ value }: { value: unknown }) =>
      value === undefined || Array.isArray(value) ? value : [value],
    ),
  );
}
