import { Prisma } from '../../generated/prisma/client.js';

/** A JSON column's new value: a field left out of a full update, or null, empties the column. */
export function jsonOrNull(value: Prisma.InputJsonObject | null | undefined) {
  return value ?? Prisma.DbNull;
}
