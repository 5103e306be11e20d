import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { AttemptStore } from '../../src/certification/runs/attempt-store.js';
import { CertificationRunStore } from '../../src/certification/runs/certification-run.store.js';
import { ClaimLost, type Claim } from '../../src/certification/runs/claim.js';
import { PrismaService } from '../../src/shared/database/prisma.service.js';
import { Config } from '../../src/shared/config.js';
import { Rows } from '../support/rows.js';
import { TestService } from '../support/service.js';

/** Random orders of what two workers do with one run, half of it at the same moment. */
const INTERLEAVINGS = 1_000;
const SLOTS = 8;
const PROBES = ['basicChat', 'streaming', 'identity'];

type Step =
  { readonly worker: 0 | 1; readonly does: 'claim' | 'renew' | 'record' | 'finish' } | 'expire';

/** What one of them writes with. */
interface Worker {
  readonly runs: CertificationRunStore;
  readonly attempts: AttemptStore;
}

const STEP: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.record({
      worker: fc.constantFrom(0, 1),
      does: fc.constantFrom('claim', 'claim', 'renew', 'record', 'record', 'finish'),
    }),
  },
  { weight: 2, arbitrary: fc.constant('expire') },
);
/** Steps of one group begin together. */
const GROUPS = fc.array(fc.array(STEP, { minLength: 1, maxLength: 3 }), {
  minLength: 3,
  maxLength: 8,
});

// The queue has no part in this: once is enough.
describe.skipIf(process.env.TEST_QUEUE === 'redis')('Two workers on one run', () => {
  let catalogue: TestService;
  let prismas: PrismaService[];
  let workers: Worker[];
  let deploymentId: string;
  let runs = 0;

  beforeAll(async () => {
    catalogue = await TestService.start({ ROLE: 'api' });
    const rows = new Rows(catalogue);
    deploymentId = await rows.deployedAt('http://127.0.0.1:9/v1', 'contested');
    await rows.certificate(deploymentId);
    const config = Config.from({ DATABASE_URL: catalogue.databaseUrl });
    prismas = [new PrismaService(config), new PrismaService(config)];
    // The store only tells these two: what they make of it is not asked here.
    const told = {
      guard: <T>(write: Promise<T>) => write,
      invalidate: () => undefined,
      finished: () => undefined,
    };
    workers = prismas.map((prisma) => ({
      runs: Reflect.construct(CertificationRunStore, [prisma, told, told]),
      attempts: new AttemptStore(prisma),
    }));
  });

  afterAll(async () => {
    await Promise.all(prismas.map((prisma) => prisma.$disconnect()));
    await catalogue.close();
  });

  it('never both hold it, and one alone ends it', async () => {
    await fc.assert(
      fc.asyncProperty(GROUPS, async (groups) => {
        const run = new ContestedRun(await newRun(), workers, catalogue);
        for (const group of groups) await Promise.all(group.map((step) => run.take(step)));
        await run.end();
        expect(await run.faults()).toEqual([]);
      }),
      { numRuns: INTERLEAVINGS },
    );
    expect(runs).toBeGreaterThanOrEqual(INTERLEAVINGS);
  }, 240_000);

  async function newRun(): Promise<string> {
    runs += 1;
    const { rows } = await catalogue.database.query<{ id: string }>(
      `INSERT INTO certification_runs
         (id, "certificationId", "deploymentId", region, status, "suiteVersion", "updatedAt")
       SELECT gen_random_uuid(), id, "deploymentId", region, 'QUEUED', '1.0.0', now()
         FROM model_certifications WHERE "deploymentId" = $1 RETURNING id`,
      [deploymentId],
    );
    return rows[0]?.id ?? '';
  }
});

/** A run, and what its two workers believe of it. */
class ContestedRun {
  private readonly claims: (Claim | null)[] = [null, null];
  private readonly fences: number[] = [];
  private attempts = 0;
  private readonly recorded: number[] = [];
  private readonly ended: number[] = [];
  /** Writes that were accepted though another claim had been made before they were sent. */
  private readonly stale: string[] = [];

  constructor(
    private readonly id: string,
    private readonly workers: readonly Worker[],
    private readonly catalogue: TestService,
  ) {}

  async take(step: Step): Promise<void> {
    if (step === 'expire') return this.expire();
    const { worker, does } = step;
    const stores = this.workers[worker];
    if (does === 'claim') {
      const claimed = await stores?.runs.claim(this.id, SLOTS);
      if (!claimed) return;
      this.claims[worker] = claimed.claim;
      this.fences.push(claimed.claim.fence);
      return;
    }
    const claim = this.claims[worker];
    if (!stores || !claim) return;
    const lost = this.fences.some((fence) => fence > claim.fence);
    try {
      if (does === 'renew') await stores.runs.renew([claim]);
      if (does === 'record') await this.record(stores.attempts, claim);
      if (does === 'finish') await this.finish(stores.runs, claim);
      if (lost && does !== 'renew') this.stale.push(`${does} by ${claim.fence} was accepted`);
    } catch (error) {
      if (!(error instanceof ClaimLost)) throw error;
    }
  }

  /** Somebody takes it up and ends it, whatever the two left. */
  async end(): Promise<void> {
    await this.expire();
    await this.take({ worker: 0, does: 'claim' });
    await this.take({ worker: 0, does: 'finish' });
  }

  async faults(): Promise<string[]> {
    const { rows } = await this.catalogue.database.query<{
      status: string;
      endedBy: number;
      rows: number;
    }>(
      `SELECT r.status::text, r."avgLatencyMs" AS "endedBy",
              (SELECT count(*)::int FROM certification_probe_results p WHERE p."runId" = r.id) AS rows
         FROM certification_runs r WHERE r.id = $1`,
      [this.id],
    );
    const [run] = rows;
    if (!run) return ['the run is gone'];
    const twice = this.fences.filter((fence, index) => this.fences.indexOf(fence) !== index);
    return [
      ...twice.map((fence) => `two hold the fence ${fence}`),
      ...(this.ended.length === 1 ? [] : [`ended ${this.ended.length} times`]),
      ...(run.endedBy === this.ended[0] ? [] : ['ended by another one']),
      ...(run.rows === this.recorded.length ? [] : ['a row more or less than accepted']),
      ...this.stale,
    ];
  }

  private async expire(): Promise<void> {
    await this.catalogue.database.query(
      `UPDATE certification_runs SET "leaseUntil" = now() - interval '1 second'
        WHERE id = $1 AND status = 'PROCESSING'`,
      [this.id],
    );
  }

  private async record(store: AttemptStore, claim: Claim): Promise<void> {
    this.attempts += 1;
    const attempt = this.attempts;
    const now = new Date();
    await store.record(claim, {
      ...{ probe: PROBES[attempt % PROBES.length] ?? '', attempt, verdict: 'PASS', reason: null },
      ...{ message: String(claim.fence), warnings: [], metrics: null, exchanges: [], costUsd: 0 },
      ...{ startedAt: now, completedAt: now },
    });
    this.recorded.push(claim.fence);
  }

  private async finish(store: CertificationRunStore, claim: Claim): Promise<void> {
    const { fence } = claim;
    // Its latency says who ended it.
    const result = { status: 'CERTIFIED', avgLatencyMs: fence, completedAt: new Date() } as const;
    await store.finish(claim, result, { status: 'CERTIFIED' });
    this.ended.push(fence);
  }
}
