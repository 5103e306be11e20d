import type { Prisma } from '../../generated/prisma/client.js';

/**
 * Takes an advisory lock for as long as the transaction lasts, after whoever else holds it. A process
 * that freezes with it loses it after a minute, and its transaction too.
 */
export async function waitForLock(tx: Prisma.TransactionClient, lock: number): Promise<void> {
  await limitIdleTime(tx);
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(${lock}::bigint)`;
}

/** Like `waitForLock`, but does not wait. @returns whether the lock was free */
export async function tryLock(tx: Prisma.TransactionClient, lock: number): Promise<boolean> {
  await limitIdleTime(tx);
  const [taken] = await tx.$queryRaw<{ held: boolean }[]>`
    SELECT pg_try_advisory_xact_lock(${lock}::bigint) AS held`;
  return taken?.held === true;
}

async function limitIdleTime(tx: Prisma.TransactionClient): Promise<void> {
  await tx.$executeRaw`SET LOCAL idle_in_transaction_session_timeout = '60s'`;
}
