import { setTimeout as sleep } from 'node:timers/promises';

import type { Client } from 'pg';
import { request } from 'undici';

import { isObject } from '../../src/shared/json.js';
import type { Bench } from './bench.js';
import { KEY } from './children.js';

/** Of a run for a model that streams and calls tools, when nothing is repeated. */
export const REQUESTS_PER_RUN = 16;

/** What makes the service reach a provider on this machine. */
export const LOCAL_PROVIDERS = { ALLOW_PRIVATE_PROVIDERS: 'true' };

const OPEN = `('PENDING', 'QUEUED', 'PROCESSING')`;

/** Where a queue may live. */
export interface QueueHome {
  readonly queue: string;
  /** The settings that put another service's queue there, for itself alone. */
  readonly settings: () => Record<string, string>;
}

/** Redis is one when the machine has it. */
export async function queues(bench: Bench): Promise<QueueHome[]> {
  const redis = await bench.redis();
  if (!redis) return [{ queue: 'PostgreSQL', settings: () => ({}) }];
  let databases = 0;
  return [
    { queue: 'PostgreSQL', settings: () => ({}) },
    // Services that share one take each other's wake-ups.
    { queue: 'Redis', settings: () => ({ REDIS_URL: `${redis.url}/${databases++}` }) },
  ];
}

/** Makes every seeded deployment one of this provider, to be certified in these regions. */
export async function moveTo(
  client: Client,
  providerUrl: string,
  regions: readonly string[],
): Promise<string[]> {
  await client.query(`UPDATE providers SET "baseUrl" = $1, "authType" = NULL`, [providerUrl]);
  await client.query(
    `UPDATE base_models
        SET capabilities = capabilities || '{"streaming": true, "functionCalling": true, "vision": false}'`,
  );
  const { rows } = await client.query<{ id: string }>(
    `UPDATE model_deployments SET "isActive" = true, regions = $1 RETURNING id`,
    [regions],
  );
  await client.query('VACUUM ANALYZE');
  return rows.map(({ id }) => id);
}

/** Asks for the certification of a deployment. @throws Error when it is not accepted */
export async function requestCertification(url: string, deploymentId: string): Promise<void> {
  const { statusCode, body } = await request(`${url}/api/certification-queue`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ deploymentId, force: true }),
  });
  const text = await body.text();
  if (statusCode !== 202) throw new Error(`A certification is a ${statusCode}: ${text}`);
}

/**
 * Returns once no run is open. A busy machine may make a stream look buffered: that is a warning.
 * @throws Error when a run did not pass
 */
export async function runsEnded(client: Client, lookEveryMs: number): Promise<void> {
  const open = `SELECT FROM certification_runs WHERE status IN ${OPEN} LIMIT 1`;
  while ((await client.query(open)).rowCount !== 0) await sleep(lookEveryMs);
  const { rows } = await client.query<{ status: string; why: unknown }>(
    `SELECT status, "failureReasons" AS why FROM certification_runs
      WHERE status NOT IN ('CERTIFIED', 'QUALITY_WARNING') LIMIT 1`,
  );
  const [other] = rows;
  if (other) throw new Error(`A run ended ${other.status}: ${JSON.stringify(other.why)}`);
}

/** What came to the provider since the last time; times in ms of this machine's steady clock. */
export async function seenBy(
  providerUrl: string,
): Promise<{ requests: number; firstAt: number | null }> {
  const { body } = await request(`${providerUrl}/seen`);
  const seen: unknown = await body.json();
  if (!isObject(seen)) throw new Error('The provider did not say what it saw.');
  const { requests, firstAt } = seen;
  return {
    requests: Number(requests),
    firstAt: typeof firstAt === 'string' ? milliseconds(BigInt(firstAt)) : null,
  };
}

/** A request as an adapter writes it, sent without one. */
export async function askDirectly(providerUrl: string, stream: boolean): Promise<void> {
  const messages = [{ role: 'user', content: 'Reply with exactly this token: falcon-4821' }];
  const { body } = await request(`${providerUrl}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'bench-1', messages, max_tokens: 256, stream }),
  });
  await body.text();
}

/** The steady clock, which all processes share. */
export function steadyNow(): number {
  return milliseconds(process.hrtime.bigint());
}

function milliseconds(nanoseconds: bigint): number {
  return Number(nanoseconds) / 1e6;
}
