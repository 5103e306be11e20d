import type { Type } from '@nestjs/common';
import { PartialType } from '@nestjs/swagger';

const KEYS = 'swagger/apiModelPropertiesArray';
const PROPERTY = 'swagger/apiModelProperties';

/**
 * Documents the merge patch of an input: its fields, none required and none with a default, for
 * what a patch leaves out stays as it is. The patched whole is what gets validated.
 */
export function PatchOf<T extends object>(input: Type<T>): Type<Partial<T>> {
  const patch = PartialType(input);
  const keys: unknown = Reflect.getMetadata(KEYS, patch.prototype);
  for (const key of Array.isArray(keys) ? keys : []) {
    const name = String(key).slice(1); // they are kept with a colon in front
    const property: unknown = Reflect.getMetadata(PROPERTY, patch.prototype, name);
    Reflect.defineMetadata(
      PROPERTY,
      { ...Object(property), default: undefined },
      patch.prototype,
      name,
    );
  }
  return patch;
}
