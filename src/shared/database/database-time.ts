import { Prisma } from '../../generated/prisma/client.js';

/**
 * What time it is by the database, at this moment and not at the beginning of the transaction: a
 * process whose clock is wrong neither writes nor reads by it.
 */
export async function databaseTime(
  database: Pick<Prisma.TransactionClient, '$queryRaw'>,
): Promise<Date> {
  const [now] = await database.$queryRaw<[{ at: Date }]>(
    // Columns keep milliseconds; rounded up, it would be in the future.
    Prisma.sql`SELECT date_trunc('milliseconds', clock_timestamp()) AS at`,
  );
  return now.at;
}
