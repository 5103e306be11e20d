import { setTimeout as sleep } from 'node:timers/promises';

import createClient, { type Client } from 'openapi-fetch';
import pg from 'pg';

import { KEY, startService, type Child } from '../../bench/support/children.js';
import type { paths } from '../../docs/api/openapi.js';
import { obedient } from '../support/obedient-model.js';
import { randomFrom } from '../support/random.js';
import { CAPABILITIES, PRICES } from '../support/samples.js';
import { ScriptedProvider } from '../support/scripted-provider.js';
import { whatBecameOf, type RunAfterKill } from './run-after-kill.js';

const RUNS = 4;
const WORKERS = 2;
const ANSWER_MS = 60;
/** Of the requests of all runs: the kill falls before the last of them. */
const LAST_REQUEST = 50;
const ENDS_WITHIN_MS = 90_000;

export interface Rounds {
  readonly databaseUrl: string;
  /** Null: the queue lives in PostgreSQL. */
  readonly redisUrl: string | null;
  /** The same seed kills at the same requests. */
  readonly seed: number;
}

/** What a kill did. */
export interface Round {
  /** Requests the provider had seen by then. */
  readonly killedAfter: number;
  readonly runs: readonly RunAfterKill[];
}

/**
 * Two workers carry out four runs at a time; one of them is killed at a random request, and the
 * other goes on. Endless: the caller stops when it has seen enough.
 */
export class KillRounds {
  private readonly workers: Child[] = [];
  private readonly random: () => number;
  private deployments: readonly { id: string; model: string }[] = [];

  private constructor(
    private readonly options: Rounds,
    private readonly api: Child,
    private readonly provider: ScriptedProvider,
    private readonly database: pg.Pool,
  ) {
    this.random = randomFrom(options.seed);
  }

  static async start(options: Rounds): Promise<KillRounds> {
    const provider = await ScriptedProvider.start(obedient(ANSWER_MS));
    const api = await startService(options.databaseUrl, settingsOf(options, 'api'));
    const database = new pg.Pool({ connectionString: options.databaseUrl, max: 2 });
    const rounds = new KillRounds(options, api, provider, database);
    await rounds.deploy();
    return rounds;
  }

  async round(): Promise<Round> {
    while (this.workers.length < WORKERS) {
      const settings = settingsOf(this.options, 'worker');
      this.workers.push(await startService(this.options.databaseUrl, settings));
    }
    this.provider.requests.length = 0;
    const runIds = await this.request();
    const killedAfter = 1 + Math.floor(this.random() * LAST_REQUEST);
    const deadline = Date.now() + ENDS_WITHIN_MS;
    while (this.provider.requests.length < killedAfter && Date.now() < deadline) await sleep(2);
    const [victim] = this.workers.splice(Math.floor(this.random() * WORKERS), 1);
    const killedAt = Date.now();
    await victim?.kill();
    while ((await this.open(runIds)) > 0 && Date.now() < deadline) await sleep(100);
    const { requests } = this.provider;
    const runs = await Promise.all(
      runIds.map((runId, index) => {
        const model = this.deployments[index]?.model ?? '';
        const own = requests.filter(({ body }) => String(Object(body).model).startsWith(model));
        return whatBecameOf(this.database, runId, own, killedAt);
      }),
    );
    return { killedAfter, runs };
  }

  /** Runs beyond those that were asked for. */
  async surplus(rounds: number): Promise<number> {
    const { rows } = await this.database.query<{ runs: number }>(
      `SELECT count(*)::int AS runs FROM certification_runs`,
    );
    return (rows[0]?.runs ?? 0) - rounds * RUNS;
  }

  async stop(): Promise<void> {
    await Promise.all([this.api, ...this.workers].map((child) => child.stop()));
    await this.database.end();
    await this.provider.close();
  }

  private get client(): Client<paths> {
    return createClient<paths>({
      baseUrl: this.api.url,
      headers: { authorization: `Bearer ${KEY}` },
    });
  }

  private async deploy(): Promise<void> {
    const { client } = this;
    const name = 'Obedient';
    const model = { name, vendor: name, capabilities: CAPABILITIES };
    const provider = { name, slug: 'obedient', baseUrl: this.provider.url };
    const baseModelId = idOf(await client.POST('/api/v2/models', { body: model }));
    const providerId = idOf(await client.POST('/api/v2/providers', { body: provider }));
    const made: { id: string; model: string }[] = [];
    for (let index = 0; index < RUNS; index += 1) {
      const deploymentId = `obedient-${index}`;
      const body = { baseModelId, providerId, deploymentId, ...PRICES };
      const id = idOf(await client.POST('/api/v2/deployments', { body }));
      made.push({ id, model: deploymentId });
    }
    this.deployments = made;
  }

  private async request(): Promise<string[]> {
    const deploymentIds = this.deployments.map(({ id }) => id);
    const body = { deploymentIds, force: true };
    const { data } = await this.client.POST('/api/certification-queue', { body });
    const runs = data?.certifications ?? [];
    if (runs.length !== RUNS) throw new Error('The runs were not accepted.');
    return deploymentIds.map((id) => runs.find((run) => run.deploymentId === id)?.runId ?? '');
  }

  private async open(runIds: readonly string[]): Promise<number> {
    const { rows } = await this.database.query<{ open: number }>(
      `SELECT count(*)::int AS open FROM certification_runs
        WHERE id = ANY($1) AND "completedAt" IS NULL`,
      [runIds],
    );
    return rows[0]?.open ?? 0;
  }
}

function settingsOf({ redisUrl }: Rounds, role: 'api' | 'worker'): Record<string, string> {
  return {
    ROLE: role,
    ALLOW_PRIVATE_PROVIDERS: 'true',
    CERTIFICATION_CONCURRENCY: String(RUNS / WORKERS),
    ...(redisUrl && { REDIS_URL: redisUrl }),
  };
}

function idOf({ data, error }: { data?: { id: string }; error?: unknown }): string {
  if (!data) throw new Error(`Not created: ${JSON.stringify(error)}`);
  return data.id;
}
