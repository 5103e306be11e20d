import { Prisma, type ModelCertification } from '../generated/prisma/client.js';

/**
 * Whether the verdict of the certificate `c` still stands: its time is not over, and what it was
 * earned with has not changed. Null where there is none.
 */
export const STANDS = Prisma.sql`(c."expiresAt" > now() AND c."staleSince" IS NULL)`;

/** Whether it does not any more; one without a verdict has none to lose. */
export const EXPIRED = Prisma.sql`coalesce(NOT ${STANDS}, false)`;

/**
 * What `EXPIRED` says, of a certificate that was read.
 * @param now by the database
 */
export function isExpired(
  { expiresAt, staleSince }: Pick<ModelCertification, 'expiresAt' | 'staleSince'>,
  now: Date,
): boolean {
  return staleSince !== null || (expiresAt !== null && expiresAt <= now);
}
