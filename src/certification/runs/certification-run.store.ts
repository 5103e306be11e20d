import { Injectable } from '@nestjs/common';

import { OFFERED_REGIONS, SWITCHED_OFF } from '../../deployments/deployment.listing.js';
import { deploymentChanged } from '../../deployments/deployment-tags.js';
import { STANDS } from '../../deployments/standing.js';
import {
  Prisma,
  type CertificationProfile,
  type InferenceType,
  type Provider,
} from '../../generated/prisma/client.js';
import { ModelCacheService } from '../../shared/cache/model-cache.service.js';
import { isoTime } from '../../shared/database/listing.js';
import { PrismaService } from '../../shared/database/prisma.service.js';
import type { FinishedRun } from '../certification-finished.event.js';
import { SUITE_VERSION } from '../validation/suite.js';
import { CertificationNews } from './certification-news.js';
import { ClaimLost, type Claim } from './claim.js';
import { clockFrom } from './database-clock.js';
import {
  certificatesOf,
  changed,
  CLAIMABLE,
  INPUTS,
  RECORDED_COST,
  SHOWN,
  staleness,
} from './run-sql.js';
import type { CertificateChange, RunResult } from '../validation/run-result.js';

/** A run as a worker takes it up: its claim, and all there is to know of what it certifies. */
export interface Assignment {
  readonly claim: Claim;
  readonly region: string;
  readonly createdBy: string | null;
  /** Whose own credentials are used where they stored some. */
  readonly userId: string | null;
  readonly startedAt: Date;
  /** The time, as the database tells it. */
  readonly now: () => Date;
  readonly profile: CertificationProfile;
  readonly discover: boolean;
  readonly maxCostUsd: number | null;
  readonly suiteVersion: string;
  readonly inputsHash: string;
  /** Profile of the verdict on the certificate, while that one stands; null: none does. */
  readonly standingProfile: CertificationProfile | null;
  /** Times it was carried out to the end and came to nothing. */
  readonly tries: number;
  /** Workers that died or failed on it. */
  readonly lostWorkers: number;
  /** Whether somebody wants it ended. */
  readonly cancelled: boolean;
  /** What keeps it from being carried out since it was asked for, in words; null: nothing. */
  readonly off: string | null;
  readonly providerId: string;
  /** Id of the deployment in the catalogue. */
  readonly deploymentRowId: string;
  /** … and at the provider. */
  readonly deploymentId: string;
  readonly inferenceType: InferenceType;
  readonly providerConfig: Prisma.JsonValue;
  readonly costPer1MInput: number;
  readonly costPer1MOutput: number;
  /** Of the base model, as stored. */
  readonly capabilities: unknown;
  readonly provider: Pick<Provider, 'slug' | 'authType' | 'baseUrl'>;
}

type AssignmentRow = Omit<Assignment, 'claim' | 'provider' | 'startedAt' | 'now'> &
  Assignment['provider'] & { readonly fence: number } & Record<'startedAt' | 'claimedAt', string>;

type EndedRun = Omit<FinishedRun, 'passed' | 'completedAt' | 'durationMs'> & {
  readonly durationMs: number | null;
};

/** A worker renews its claims every second; without that it counts as dead after this time. */
const LEASE_SECONDS = 8;

/** The only code that changes runs. Times come from the database's clock. */
@Injectable()
export class CertificationRunStore {
  constructor(
    private readonly prisma: PrismaService,
    private readonly cache: ModelCacheService,
    private readonly news: CertificationNews,
  ) {}

  /**
   * Takes a run whose time has come, or whose worker died. Null when there is nothing to take; then,
   * when that is because its provider has `slots` runs under way, it is noted that it waits for one.
   */
  async claim(runId: string, slots: number): Promise<Assignment | null> {
    const [row] = await this.prisma.select<AssignmentRow>(Prisma.sql`
      WITH run AS (
        UPDATE certification_runs
           SET "lostWorkers" = "lostWorkers" + (status = 'PROCESSING')::int,
               status = 'PROCESSING', fence = fence + 1, "updatedAt" = now(),
               "nextAttemptAt" = NULL, "waitsForSlot" = false,
               "startedAt" = coalesce("startedAt", now()), "suiteVersion" = ${SUITE_VERSION},
               "inputsHash" = coalesce("inputsHash", certificate_inputs("deploymentId")),
               "leaseUntil" = now() + make_interval(secs => ${LEASE_SECONDS})
         WHERE id = ${runId} AND ${CLAIMABLE} AND has_free_slot("deploymentId", ${slots}::int)
        RETURNING *
      ), waits AS (
        UPDATE certification_runs SET "waitsForSlot" = true
         WHERE id = ${runId} AND ${CLAIMABLE} AND NOT EXISTS (SELECT FROM run)
      ), shown AS (${SHOWN})
      SELECT run.fence, run.region, run."createdBy", run."userId",
             ${isoTime('run."startedAt"')} AS "startedAt", ${isoTime('now()')} AS "claimedAt",
             run.profile, run.discover,
             run."maxCostUsd", run."suiteVersion", run."inputsHash", run.tries, run."lostWorkers",
             run."cancelRequestedAt" IS NOT NULL AS cancelled,
             coalesce(${SWITCHED_OFF}, CASE WHEN run.region <> ALL(${OFFERED_REGIONS})
                                            THEN 'it is not offered in ' || run.region END) AS off,
             (SELECT c.profile FROM model_certifications c
               WHERE c.id = run."certificationId" AND c."lastVerdict" <> 'FAILED'
                 AND ${STANDS}) AS "standingProfile",
             d.id AS "deploymentRowId", d."deploymentId", d."inferenceType", d."providerConfig", d."costPer1MInput",
             d."costPer1MOutput", m.capabilities, d."providerId", p.slug, p."authType", p."baseUrl"
        FROM run
        JOIN model_deployments d ON d.id = run."deploymentId"
        JOIN base_models m ON m.id = d."baseModelId"
        JOIN providers p ON p.id = d."providerId"`);
    if (!row) return null;
    const { fence, slug, authType, baseUrl, startedAt, claimedAt, ...facts } = row;
    const provider = { slug, authType, baseUrl };
    const claim = { runId, fence };
    const now = clockFrom(new Date(claimedAt));
    return { claim, provider, startedAt: new Date(startedAt), now, ...facts };
  }

  /** Renews claims. @returns those that still hold, and whether their run is to be cancelled */
  renew(claims: readonly Claim[]): Promise<(Claim & { readonly cancelled: boolean })[]> {
    return this.prisma.select(Prisma.sql`
      WITH held AS (
        SELECT id FROM certification_runs
         WHERE (id, fence) IN (SELECT * FROM unnest(${claims.map(({ runId }) => runId)}::text[],
                                                    ${claims.map(({ fence }) => fence)}::int[]))
           AND status = 'PROCESSING'
         ORDER BY id FOR NO KEY UPDATE
      )
      UPDATE certification_runs r
         SET "leaseUntil" = now() + make_interval(secs => ${LEASE_SECONDS})
        FROM held WHERE r.id = held.id
      RETURNING r.id AS "runId", r.fence, r."cancelRequestedAt" IS NOT NULL AS cancelled`);
  }

  /** Notes that the queue took the runs. */
  async markQueued(runIds: readonly string[]): Promise<void> {
    await this.prisma.select(Prisma.sql`
      WITH held AS (
        SELECT id FROM certification_runs
         WHERE id = ANY(${[...runIds]}) AND status = 'PENDING'
         ORDER BY id FOR NO KEY UPDATE
      ), queued AS (
        UPDATE certification_runs r SET status = 'QUEUED', "updatedAt" = now()
          FROM held WHERE r.id = held.id
        RETURNING r.id, r."certificationId"
      ), shown AS (${certificatesOf('queued')})
      UPDATE model_certifications c SET status = 'QUEUED', "updatedAt" = now()
        FROM shown WHERE c.id = shown.id AND c.status = 'PENDING'`);
  }

  /**
   * Ends the run and shows it on the certificate, in one transaction; then it is news. The
   * deployment is locked first, as by everybody who goes on to its certificates.
   * @throws ClaimLost
   */
  async finish(claim: Claim, result: RunResult, certificate: CertificateChange): Promise<void> {
    const { runId, fence } = claim;
    const judged = Boolean(certificate.lastVerdict);
    const ended = this.prisma.select<EndedRun>(Prisma.sql`
      WITH held AS (
        SELECT d.id FROM model_deployments d
         WHERE d.id = (SELECT "deploymentId" FROM certification_runs WHERE id = ${runId})
           FOR NO KEY UPDATE
      ), run AS (
        UPDATE certification_runs r
           SET ${changed('r', { ...result, leaseUntil: null })}, "updatedAt" = now(),
               "costUsd" = ${RECORDED_COST}
          FROM held
         WHERE r.id = ${runId} AND r."deploymentId" = held.id AND fence = ${fence} AND status = 'PROCESSING'
        RETURNING r.*
      ), locked AS (${certificatesOf('run')}
      ), inputs AS (${INPUTS}
      ), shown AS (
        UPDATE model_certifications c
           SET ${changed('c', certificate)}, ${staleness(judged)} "updatedAt" = now()
          FROM inputs WHERE c.id = inputs.id
      ), verified AS (
        UPDATE model_deployments d
           SET "capabilitiesVerifiedAt" = run."completedAt", "capabilitiesSource" = 'auto_test',
               "updatedAt" = now()
          FROM run WHERE d.id = run."deploymentId" AND ${judged}
      )
      SELECT run.id AS "runId", run."deploymentId", run.region, run.status, run.rating,
             run."errorCategory", run."avgLatencyMs", run."costUsd", d."providerId", d."baseModelId",
             (extract(epoch FROM run."completedAt" - run."startedAt") * 1000)::float8
               AS "durationMs"
        FROM run JOIN model_deployments d ON d.id = run."deploymentId"`);
    const [run] = await this.cache.guard(ended);
    if (!run) throw new ClaimLost(claim);
    if (judged) this.cache.invalidate(deploymentChanged(run.deploymentId, run.baseModelId));
    this.news.finished({
      ...run,
      passed: passedBy(run, judged),
      durationMs: Math.max(0, Math.round(run.durationMs ?? 0)),
      completedAt: result.completedAt,
    });
  }
}

/** A run that was given up says nothing about the deployment: it failed, and was no verdict. */
function passedBy({ status }: EndedRun, judged: boolean): boolean | null {
  if (status === 'COMPLETED' || (status === 'FAILED' && !judged)) return null;
  return status !== 'FAILED';
}
