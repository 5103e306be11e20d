import { Prisma } from '../../generated/prisma/client.js';

/** A JSON column's new value: a field left out of a full update, or null, empties the column. */
export function jsonOrNull(value: Prisma.InputJsonObject | null | undefined) {
  return value ?? Prisma.DbNull;
}

/** The object in a JSON column; null when it is empty. */
export function readJsonObject(value: Prisma.JsonValue): Prisma.InputJsonObject | null {
  return isJsonObject(value) ? value : null;
}

function isJsonObject(
  value: Prisma.JsonValue,
): value is Prisma.JsonObject & Prisma.InputJsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
