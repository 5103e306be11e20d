import { setTimeout as sleep } from 'node:timers/promises';

import pg from 'pg';

import { KEY, startService, type Child } from '../../bench/support/children.js';
import { freePort } from '../support/free-port.js';
import { obedient } from '../support/obedient-model.js';
import { OwnPostgres } from '../support/own-postgres.js';
import { RedisServer } from '../support/redis-server.js';
import { CAPABILITIES, PRICES } from '../support/samples.js';
import { json, ScriptedProvider, type Script } from '../support/scripted-provider.js';
import type { PlannedFault } from './fault-schedule.js';

const WORKERS = 2;
const PROVIDERS = 3;
const DEPLOYMENTS_EACH = 3;
const ANSWER_MS = 30;
const SETTINGS = {
  ALLOW_PRIVATE_PROVIDERS: 'true',
  PROVIDER_TIMEOUT_SECONDS: '2',
  CERTIFICATION_RETRY_SECONDS: '1',
  LOG_LEVEL: 'silent',
};

const healthy = obedient(ANSWER_MS);
const refusal = (status: number, headers = {}) =>
  json({ error: { message: 'Not now.' } }, status, headers);
const SCRIPTS = new Map<PlannedFault['kind'], Script>([
  ['provider fails', refusal(503)],
  ['provider throttles', refusal(429, { 'retry-after': '1' })],
  ['provider hangs', { silent: true }],
  ['provider cuts', { body: ['{"id":'], ending: 'cut' }],
]);

/** Everything of a deployed system, each part of which can be harmed: a process of its own. */
export class SoakSystem {
  readonly deployments: string[] = [];
  /** Runs that a client was told of. */
  readonly accepted: string[] = [];
  readonly workers: Child[] = [];

  private constructor(
    readonly postgres: OwnPostgres,
    /** Null: the queue lives in PostgreSQL. */
    readonly redis: RedisServer | null,
    readonly api: Child,
    readonly providers: readonly ScriptedProvider[],
    readonly database: pg.Pool,
  ) {}

  static async start(hasRedis: boolean): Promise<SoakSystem> {
    const postgres = await OwnPostgres.start();
    const redis = hasRedis ? await RedisServer.start(await freePort()) : null;
    const settings = { ...SETTINGS, ...(redis && { REDIS_URL: redis.url }) };
    const api = await startService(postgres.url, { ...settings, ROLE: 'api' });
    const providers = await Promise.all(
      Array.from({ length: PROVIDERS }, () => ScriptedProvider.start(healthy)),
    );
    const database = new pg.Pool({ connectionString: postgres.url, max: 2 });
    database.on('error', () => undefined); // it is killed, too
    const system = new SoakSystem(postgres, redis, api, providers, database);
    for (let worker = 0; worker < WORKERS; worker += 1) await system.startWorker();
    await system.deploy();
    return system;
  }

  get requests() {
    return this.providers.flatMap(({ requests }) => requests);
  }

  /** Does it, waits, and takes it back. */
  async suffer({ kind, lasts, whom }: PlannedFault): Promise<void> {
    switch (kind) {
      case 'kill worker': {
        const [victim] = this.workers.splice(Math.floor(whom * this.workers.length), 1);
        await victim?.kill();
        await sleep(lasts);
        return this.startWorker();
      }
      case 'freeze worker': {
        const victim = this.workers[Math.floor(whom * this.workers.length)];
        victim?.signal('SIGSTOP');
        await sleep(lasts);
        return victim?.signal('SIGCONT');
      }
      case 'kill redis':
        await this.redis?.kill();
        await sleep(lasts);
        return this.redis?.restart();
      case 'kill postgres':
        await this.postgres.kill();
        await sleep(lasts);
        return this.postgres.restart();
      default: {
        const provider = this.providers[Math.floor(whom * this.providers.length)];
        if (!provider) return;
        provider.script = SCRIPTS.get(kind) ?? healthy;
        await sleep(lasts);
        provider.script = healthy;
        // The probe of the context window waits five minutes for its answer; a soak does not.
        if (kind === 'provider hangs') provider.cut();
      }
    }
  }

  /** Asks for a certification. @returns the status: 202, or 0 when the connection broke */
  async request(deploymentId: string): Promise<number> {
    const body = JSON.stringify({ deploymentId, force: true });
    try {
      const answer = await this.fetch('/api/certification-queue', { method: 'POST', body });
      if (answer.status !== 202) return answer.status;
      const { certifications } = JSON.parse(await answer.text()) as {
        certifications: { runId: string }[];
      };
      this.accepted.push(...certifications.map(({ runId }) => runId));
      return 202;
    } catch {
      return 0;
    }
  }

  async stop(): Promise<void> {
    await this.database.end();
    await Promise.all([this.api, ...this.workers].map((child) => child.stop()));
    await Promise.all(this.providers.map((provider) => provider.close()));
    await this.redis?.kill();
    await this.postgres.close();
  }

  private async startWorker(): Promise<void> {
    const settings = { ...SETTINGS, ROLE: 'worker', CERTIFICATION_CONCURRENCY: '4' };
    const url = this.redis && { REDIS_URL: this.redis.url };
    this.workers.push(await startService(this.postgres.url, { ...settings, ...url }));
  }

  private fetch(path: string, init: RequestInit): Promise<Response> {
    const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
    return fetch(`${this.api.url}${path}`, { ...init, headers });
  }

  private async create(path: string, body: object): Promise<string> {
    const answer = await this.fetch(path, { method: 'POST', body: JSON.stringify(body) });
    if (answer.status !== 201) throw new Error(`${path}: ${await answer.text()}`);
    return (JSON.parse(await answer.text()) as { id: string }).id;
  }

  private async deploy(): Promise<void> {
    const name = 'Obedient';
    const model = { name, vendor: name, capabilities: CAPABILITIES };
    const baseModelId = await this.create('/api/v2/models', model);
    for (const [index, { url: baseUrl }] of this.providers.entries()) {
      const provider = { name, slug: `obedient-${index}`, baseUrl };
      const providerId = await this.create('/api/v2/providers', provider);
      for (let number = 0; number < DEPLOYMENTS_EACH; number += 1) {
        const ids = { baseModelId, providerId, deploymentId: `obedient-${index}-${number}` };
        this.deployments.push(await this.create('/api/v2/deployments', { ...ids, ...PRICES }));
      }
    }
  }
}
