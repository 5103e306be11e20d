import { randomUUID } from 'node:crypto';

import { Injectable, Logger } from '@nestjs/common';

import { STANDS } from '../../deployments/standing.js';
import { Prisma } from '../../generated/prisma/client.js';
import { PrismaService } from '../../shared/database/prisma.service.js';
import { noteInAudit } from '../../shared/logging/audit.js';
import { Turns } from '../../shared/turns.js';
import { CertificationQueue } from '../queue/certification-queue.js';
import { CertificationRunStore } from './certification-run.store.js';
import {
  ACCEPTED,
  activeRuns,
  covers,
  lockDeployments,
  raise,
  type AcceptedRun,
} from './run-joining.js';
import type { Place, RunOrder } from './run-order.js';
import { profilesWithin, SUITE_VERSION } from '../validation/suite.js';

export interface StartedRun {
  readonly run: AcceptedRun;
  /** Whether it was under way already. */
  readonly joined: boolean;
  /** Whether it is over, and earned the certificate that still stands. */
  readonly cached: boolean;
  /** Whether it tests all that is asked for, and may cost no more. */
  readonly covered: boolean;
}

export interface StartedBatch {
  readonly batchId: string;
  /** In the order of the places asked for. */
  readonly runs: readonly StartedRun[];
  /** Those of them that were joined and come earlier now than they did. */
  readonly moved: readonly AcceptedRun[];
}

/** Stores what belongs to a batch, in its transaction. */
export type StoredWith = (tx: Prisma.TransactionClient, batch: StartedBatch) => Promise<void>;

interface Certificate extends Place {
  readonly id: string;
  /** The run of the verdict that still stands and is as deep as the one wanted; null: none does. */
  readonly kept: AcceptedRun | null;
}

/** Turns a request into runs: a batch, certificates and runs, in one transaction. */
@Injectable()
export class RunIntake {
  /** Requests for one deployment wait for each other here, not each on a database connection. */
  private readonly turns = new Turns();
  private readonly logger = new Logger(RunIntake.name);

  constructor(
    private readonly prisma: PrismaService,
    private readonly queue: CertificationQueue,
    private readonly store: CertificationRunStore,
  ) {}

  /**
   * Starts a run at every place that has none under way and no certificate that still stands, in a
   * constant number of statements, and wakes them. A run that waits is raised to what is wanted
   * besides; one that has begun is joined as it is. Once they are stored nothing fails: a queue that
   * is away is no reason to refuse, because the reconciler wakes the runs later.
   * @param also what is stored with them
   */
  async start(places: readonly Place[], order: RunOrder, also?: StoredWith): Promise<StartedBatch> {
    const batch = await this.commit(places, order, also);
    const { batchId, runs, moved } = batch;
    const fresh = freshOf(runs);
    noteInAudit({ entity: 'batch', entityId: batchId, runs: runs.length, started: fresh.length });
    const woken = [...fresh, ...moved];
    if (woken.length > 0 && (await this.queue.wake(woken))) await this.noteQueued(woken);
    if (moved.length > 0) await this.queue.forget(moved.map(earlierJob));
    return batch;
  }

  private async noteQueued(runs: readonly AcceptedRun[]): Promise<void> {
    try {
      await this.store.markQueued(runs.map(({ id }) => id));
    } catch (error) {
      this.logger.warn(`Runs in the queue are still shown as PENDING: ${String(error)}`);
    }
  }

  private commit(
    places: readonly Place[],
    order: RunOrder,
    also?: StoredWith,
  ): Promise<StartedBatch> {
    const deployments = new Set(places.map(({ deploymentId }) => deploymentId));
    const [only = ''] = deployments;
    const work = () =>
      this.prisma.$transaction(async (tx) => {
        const batch = await begin(tx, places, order);
        await also?.(tx, batch);
        return batch;
      });
    return deployments.size === 1 ? this.turns.take(only, work) : work();
  }
}

async function begin(
  tx: Prisma.TransactionClient,
  places: readonly Place[],
  order: RunOrder,
): Promise<StartedBatch> {
  await lockDeployments(
    tx,
    places.map(({ deploymentId }) => deploymentId),
  );
  const found = await activeRuns(tx, places);
  const raised = await raise(tx, found, order);
  const active = byPlace([...found, ...raised]);
  const certificates = byPlace(await lockCertificates(tx, places, order));
  const runs = places.map((place): StartedRun => {
    const run = active.get(keyOf(place));
    if (run) return { run, joined: true, cached: false, covered: covers(run, order) };
    const { id = '', kept = null } = certificates.get(keyOf(place)) ?? {};
    // A certificate does not say what undeclared capabilities would have been found.
    const mayKeep = !order.force && !order.discover;
    return kept && mayKeep
      ? { run: { ...kept, jobId: null }, joined: false, cached: true, covered: true }
      : { run: newRun(id, place, order), joined: false, cached: false, covered: true };
  });
  const batchId = randomUUID();
  await store(tx, batchId, runs, order);
  return { batchId, runs, moved: raised.filter(({ moved }) => moved) };
}

/** The certificates, locked in one order: made where there are none. */
function lockCertificates(
  tx: Prisma.TransactionClient,
  places: readonly Place[],
  { profile, caller }: RunOrder,
): Promise<Certificate[]> {
  const ordered = places.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  return tx.$queryRaw`
    INSERT INTO model_certifications AS c (id, "deploymentId", region, "createdBy", "updatedAt")
    SELECT id, deployment, region, ${caller}, now()
      FROM unnest(${ordered.map(() => randomUUID())}::text[],
                  ${ordered.map(({ deploymentId }) => deploymentId)}::text[],
                  ${ordered.map(({ region }) => region)}::text[])
           AS made(id, deployment, region)
    ON CONFLICT ("deploymentId", region) DO UPDATE SET region = c.region
    RETURNING c.id, c."deploymentId", c.region, (
      SELECT to_jsonb(kept) FROM (
        SELECT ${ACCEPTED} FROM certification_runs r
         WHERE r.id = c."verdictRunId" AND c."lastVerdict" IN ('CERTIFIED', 'QUALITY_WARNING')
           AND ${STANDS} AND c.profile::text = ANY(${profilesWithin(profile)}::text[])) AS kept) AS kept`;
}

function newRun(certificationId: string, place: Place, order: RunOrder): AcceptedRun {
  const { profile, discover, maxCostUsd, priority } = order;
  const run = { id: randomUUID(), fence: 0, priority };
  return {
    ...run,
    ...place,
    certificationId,
    status: 'PENDING',
    jobId: CertificationQueue.jobId(run),
    ...{ profile, discover, maxCostUsd },
  };
}

async function store(
  tx: Prisma.TransactionClient,
  batchId: string,
  runs: readonly StartedRun[],
  order: RunOrder,
): Promise<void> {
  const fresh = freshOf(runs);
  const { profile, discover, maxCostUsd, priority, origin, caller, userId } = order;
  await tx.$executeRaw`
    WITH batch AS (
      INSERT INTO certification_batches (id, "createdBy") VALUES (${batchId}, ${caller})
    ), made AS (
      SELECT * FROM unnest(${fresh.map(({ id }) => id)}::text[],
                           ${fresh.map(({ certificationId }) => certificationId)}::text[],
                           ${fresh.map(({ deploymentId }) => deploymentId)}::text[],
                           ${fresh.map(({ region }) => region)}::text[],
                           ${fresh.map(({ jobId }) => jobId)}::text[])
                  AS made(id, "certificationId", "deploymentId", region, "jobId")
    ), stored AS (
      INSERT INTO certification_runs
        (id, "certificationId", "deploymentId", region, "jobId", "suiteVersion", profile, discover,
         "maxCostUsd", priority, origin, "createdBy", "userId", "updatedAt")
      SELECT id, "certificationId", "deploymentId", region, "jobId", ${SUITE_VERSION},
             ${profile}::"CertificationProfile", ${discover}, ${maxCostUsd}::float8,
             ${priority}::"RunPriority", ${origin}::"RunOrigin", ${caller}, ${userId}, now()
        FROM made
    ), shown AS (
      UPDATE model_certifications c
         SET status = 'PENDING', "lastRunId" = made.id, "jobId" = made."jobId",
             "lastError" = NULL, "nextAttemptAt" = NULL, "updatedAt" = now()
        FROM made WHERE c.id = made."certificationId"
    )
    INSERT INTO certification_batch_runs ("batchId", "runId", joined)
    SELECT ${batchId}, id, joined
      FROM unnest(${runs.map(({ run }) => run.id)}::text[],
                  ${runs.map((one) => !isFresh(one))}::bool[])
           AS part(id, joined)`;
}

/** Whether a run was made for this request. */
function isFresh({ joined, cached }: StartedRun): boolean {
  return !joined && !cached;
}

function freshOf(runs: readonly StartedRun[]): AcceptedRun[] {
  return runs.filter(isFresh).map(({ run }) => run);
}

/** The job of a run that has another one since it comes earlier. */
function earlierJob({ id, fence }: AcceptedRun): string {
  return CertificationQueue.jobId({ id, fence: fence - 1 });
}

function keyOf({ deploymentId, region }: Place): string {
  return `${deploymentId} ${region}`;
}

function byPlace<Row extends Place>(rows: readonly Row[]): Map<string, Row> {
  return new Map(rows.map((row) => [keyOf(row), row]));
}
