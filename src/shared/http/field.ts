import { applyDecorators } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { ValidateIf } from 'class-validator';

/**
 * One decorator per kind of field: it says once what a field may hold, for the validation and for
 * the OpenAPI document.
 */
export interface FieldOptions {
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
  uniqueItems?: boolean;
  items?: object;
  oneOf?: object[];
  additionalProperties?: boolean;
};

export function field(options: FieldOptions, schema: PlainSchema, ...rules: PropertyDecorator[]) {
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
