import { Prisma, type CertificationStatus } from '../../generated/prisma/client.js';

/** Of a run that has not ended. */
export const OPEN_STATUSES: readonly CertificationStatus[] = ['PENDING', 'QUEUED', 'PROCESSING'];

/** Whether the run `r` has not ended; in words that the partial indexes have. */
export const OPEN = Prisma.sql`r.status IN ('PENDING', 'QUEUED', 'PROCESSING')`;

export function isOpen(status: CertificationStatus): boolean {
  return OPEN_STATUSES.includes(status);
}
