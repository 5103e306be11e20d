import { applyDecorators } from '@nestjs/common';
import { getSchemaPath } from '@nestjs/swagger';
import { plainToInstance, Transform } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsIn,
  IsObject,
  IsString,
  MaxLength,
  MinLength,
  ValidateBy,
  ValidateNested,
} from 'class-validator';

import { field, type FieldOptions } from '../../shared/http/field.js';
import { isObject } from '../../shared/json.js';

/** More than the largest body holds. */
const MAX_LENGTH = 20_000_000;

/** A text, kept as it is: in a prompt, blanks at its ends mean something. */
export function ProseField(options: FieldOptions & { minLength?: number; maxLength?: number }) {
  const { minLength = 1, maxLength = MAX_LENGTH } = options;
  return field(
    options,
    { type: String, minLength, maxLength },
    IsString(),
    MinLength(minLength),
    MaxLength(maxLength),
  );
}

/** Bytes as base64. */
export function Base64Field(options: FieldOptions) {
  return field(
    options,
    { type: String, format: 'byte', minLength: 4, maxLength: MAX_LENGTH },
    ValidateBy({
      name: 'base64',
      validator: { validate: isBase64, defaultMessage: () => '$property must be base64' },
    }),
  );
}

function isBase64(value: unknown): boolean {
  return (
    typeof value === 'string' &&
    value !== '' &&
    Buffer.from(value, 'base64').toString('base64') === value
  );
}

/** The field that tells of which kind an object is: `kind`, one of `kinds`. */
export function KindField(kind: string, kinds: readonly string[]) {
  return field(
    { description: `Always \`${kind}\`.` },
    { enum: { [kind]: kind } },
    IsIn(kinds, { message: `must be one of: ${kinds.join(', ')}` }),
  );
}

/** The classes of a list's objects, by the value of the field that tells their kind. */
export interface Kinds {
  readonly by: string;
  readonly classes: Record<string, new () => object>;
}

/**
 * A list of objects of several kinds, each validated in depth as what it says it is. The classes
 * must be named to the document by `ApiExtraModels`.
 * @param textAs makes an item of a text that stands in place of the list
 */
export function KindListField(
  options: FieldOptions & {
    kinds: Kinds;
    minItems: number;
    maxItems: number;
    textAs?: (text: string) => object;
  },
) {
  const { kinds, minItems, maxItems, textAs } = options;
  const list = { type: 'array' as const, minItems, maxItems, items: schemaOf(kinds) };
  const text = { type: 'string', minLength: 1, maxLength: MAX_LENGTH };
  return applyDecorators(
    field(
      options,
      textAs ? { oneOf: [text, list] } : list,
      IsArray({
        message: textAs ? 'must be a list, or a text that is not empty' : 'must be a list',
      }),
      ArrayMinSize(minItems),
      ArrayMaxSize(maxItems),
      IsObject({ each: true }),
      ValidateNested({ each: true }),
    ),
    Transform(({ value }: { value: unknown }) => {
      if (textAs && typeof value === 'string' && value !== '') value = [textAs(value)];
      return Array.isArray(value) ? value.map((item) => instanceOf(kinds, item)) : value;
    }),
  );
}

function schemaOf({ by, classes }: Kinds) {
  const paths = Object.entries(classes).map(([kind, type]) => [kind, getSchemaPath(type)] as const);
  return {
    oneOf: paths.map(([, $ref]) => ({ $ref })),
    discriminator: { propertyName: by, mapping: Object.fromEntries(paths) },
  };
}

/** What is of no kind is held to be of the first: its validation says what is wrong. */
function instanceOf({ by, classes }: Kinds, item: unknown): unknown {
  if (!isObject(item)) return item;
  const kind = item[by];
  const [first] = Object.values(classes);
  const own = typeof kind === 'string' && Object.hasOwn(classes, kind) ? classes[kind] : first;
  return own ? plainToInstance(own, item) : item;
}
