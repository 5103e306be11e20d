import { Prisma } from '../../generated/prisma/client.js';

/** A JSON object, as the database builds it, with more fields at its end. */
export function withFields(
  json: Prisma.Sql,
  fields: Readonly<Record<string, Prisma.Sql>>,
): Prisma.Sql {
  const pairs = Object.entries(fields).map(
    ([name, value]) => Prisma.sql`${Prisma.raw(`'${name}'`)}, ${value}`,
  );
  // Joined as text: jsonb would reorder the fields, and json has no operator for it.
  return Prisma.sql`(left((${json})::text, -1) || ',' ||
    substr(json_build_object(${Prisma.join(pairs)})::text, 2))::json`;
}
