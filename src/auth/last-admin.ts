import { ConflictException } from '@nestjs/common';

import type { Prisma } from '../generated/prisma/client.js';

/**
 * To be called once a change is made that takes an admin away: somebody must be left who can undo
 * it. That is an admin's key without an end, as `ADMIN_API_KEY` is, or a user who is admin.
 * @throws ConflictException when nobody is
 */
export async function keepAnAdmin(tx: Prisma.TransactionClient): Promise<void> {
  // One who removes an admin waits for another who does: each would count on the other's.
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtext('users.lastAdmin'))`;
  const [found] = await tx.$queryRaw<{ left: boolean }[]>`
    SELECT EXISTS (SELECT FROM users WHERE role = 'ADMIN')
        OR EXISTS (SELECT FROM api_keys k LEFT JOIN users u ON u.id = k."userId"
                    WHERE k.role = 'ADMIN' AND k."revokedAt" IS NULL AND k."expiresAt" IS NULL
                      AND coalesce(u.role, 'ADMIN') = 'ADMIN') AS "left"`;
  if (found?.left) return;
  throw new ConflictException('Nobody would be admin any more; make another one first.');
}
