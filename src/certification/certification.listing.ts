import { EXPIRED } from '../deployments/standing.js';
import { Prisma } from '../generated/prisma/client.js';
import { providerOf } from '../shared/database/allowed-providers.js';
import { jsonObject, type Listing } from '../shared/database/listing.js';
import type { CertificationDto } from './certification.dto.js';

const TIMES = [
  'certifiedAt',
  'expiresAt',
  'staleSince',
  'lastTestedAt',
  'nextAttemptAt',
  'createdAt',
  'updatedAt',
] as const satisfies readonly (keyof CertificationDto)[];

const FIELDS = [
  'id',
  'deploymentId',
  'region',
  'status',
  'lastVerdict',
  'passed',
  'rating',
  'badge',
  'scores',
  'profile',
  'suiteVersion',
  'formulaVersion',
  'inputsHash',
  'refuted',
  'suggested',
  'certifiedBy',
  'testsPassed',
  'testsFailed',
  'avgLatencyMs',
  'metrics',
  'testResults',
  'failureReasons',
  'errorCategory',
  'errorSeverity',
  'errorMessage',
  'lastError',
  'lastRunId',
  'staleReason',
  ...TIMES,
] as const satisfies readonly (keyof CertificationDto)[];

export const CERTIFICATION_SORTS = ['region', 'createdAt', 'updatedAt'] as const;

/** Null where nothing was tested, of which the column makes 0. */
const SUCCESS_RATE = Prisma.sql`CASE WHEN c."testsPassed" + c."testsFailed" > 0 THEN c."successRate" END`;

/** How a certification is read and answered: a `CertificationDto`, built by the database. */
export const CERTIFICATIONS: Listing = {
  from: Prisma.raw('model_certifications c'),
  id: Prisma.raw('c.id'),
  json: jsonObject('c', FIELDS, TIMES, { successRate: SUCCESS_RATE, expired: EXPIRED }),
  provider: providerOf(Prisma.raw('c."deploymentId"')),
  sorts: {
    region: { column: Prisma.raw('c.region'), type: 'text' },
    createdAt: { column: Prisma.raw('c."createdAt"'), type: 'timestamp' },
    updatedAt: { column: Prisma.raw('c."updatedAt"'), type: 'timestamp' },
  } satisfies Record<(typeof CERTIFICATION_SORTS)[number], Listing['sorts'][string]>,
};

/** How runs are found, and in which order. */
export const RUNS: Omit<Listing, 'json'> = {
  from: Prisma.raw('certification_runs r'),
  id: Prisma.raw('r.id'),
  provider: providerOf(Prisma.raw('r."deploymentId"')),
  sorts: { createdAt: { column: Prisma.raw('r."createdAt"'), type: 'timestamp' } },
};
