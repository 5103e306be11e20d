import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../embedded/postgres/embedded-postgres.js';
import { applyMigrations } from './migrations.js';

let dataDir: string;
let postgres: EmbeddedPostgres;
let client: pg.Client;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'rules-spec-'));
  await chmod(dataDir, 0o755);
  postgres = await startEmbeddedPostgres({
    dataDir,
    database: 'spec',
    notice: () => undefined,
    durable: false,
  });
  await applyMigrations(postgres.url);
  client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  await client.query(`
    INSERT INTO base_models (id, name, vendor, capabilities, "updatedAt")
      VALUES ('m', 'm', 'v', '{"streaming": true, "vision": false, "functionCalling": false,
                               "maxContextWindow": 1, "maxOutputTokens": 1}', now());
    INSERT INTO providers (id, name, slug, "updatedAt") VALUES ('p', 'p', 'p', now());`);
  await insertDeployment('d', { costPer1MInput: 0, costPer1MOutput: 15, costPerHour: null });
  await client.query(`
    INSERT INTO model_certifications (id, "deploymentId", region, "updatedAt")
      VALUES ('c', 'd', 'eu', now())`);
}, 30_000);

afterAll(async () => {
  await client.end();
  await postgres.stop();
  await rm(dataDir, { recursive: true, force: true });
});

function insertDeployment(id: string, prices: Record<string, number | null>) {
  return client.query(
    `INSERT INTO model_deployments (id, "baseModelId", "providerId", "deploymentId",
       "inferenceType", "costPer1MInput", "costPer1MOutput", "costPerHour", "updatedAt")
     VALUES ($1, 'm', 'p', 'arn:' || $1, $2::"InferenceType", $3, $4, $5, now())`,
    [
      id,
      prices.costPerHour === null ? 'ON_DEMAND' : 'PROVISIONED',
      prices.costPer1MInput,
      prices.costPer1MOutput,
      prices.costPerHour,
    ],
  );
}

function insertRun(id: string, region: string, status: string, fence = 0) {
  return client.query(
    `INSERT INTO certification_runs (id, "certificationId", "deploymentId", region, status,
       "suiteVersion", fence, "updatedAt")
     VALUES ($1, 'c', 'd', $2, $3, '1', $4, now())`,
    [id, region, status, fence],
  );
}

const refusedBy = (constraint: string) => ({ constraint });

describe('rules of the database', () => {
  const fine = { costPer1MInput: 1, costPer1MOutput: 1, costPerHour: 1 };

  describe.each(['costPer1MInput', 'costPer1MOutput', 'costPerHour'])('%s', (column) => {
    it.each([-0.01, NaN, Infinity, -Infinity])('is never %s', async (price) => {
      const inserting = insertDeployment('x', { ...fine, [column]: price });
      await expect(inserting).rejects.toMatchObject(refusedBy(`model_deployments_${column}_check`));
    });
  });

  it.each([-0.1, 5.1, NaN])('no certification is rated %s', async (rating) => {
    const rate = (value: number) =>
      client.query(`UPDATE model_certifications SET rating = $1 WHERE id = 'c'`, [value]);
    await expect(rate(rating)).rejects.toMatchObject(
      refusedBy('model_certifications_rating_check'),
    );
    await rate(0);
    await rate(5);
  });

  it.each(['[]', '"streaming"', 'null', '1'])('no capabilities are %s', async (capabilities) => {
    const inserting = client.query(
      `INSERT INTO base_models (id, name, vendor, capabilities, "updatedAt")
       VALUES ('x', 'x', 'v', $1, now())`,
      [capabilities],
    );
    await expect(inserting).rejects.toMatchObject(refusedBy('base_models_capabilities_check'));
  });

  it('no run has a fence below zero', async () => {
    await expect(insertRun('f', 'fence', 'PENDING', -1)).rejects.toMatchObject(
      refusedBy('certification_runs_fence_check'),
    );
  });

  describe.each(['PENDING', 'QUEUED', 'PROCESSING'])('a run that is %s', (active) => {
    it('is the only one of its deployment and region that has not ended', async () => {
      await insertRun(`${active}-1`, active, active);
      await insertRun(`${active}-2`, active, 'COMPLETED');
      await insertRun(`${active}-3`, `${active} elsewhere`, active);
      for (const status of ['PENDING', 'QUEUED', 'PROCESSING']) {
        await expect(insertRun(`${active}-4`, active, status)).rejects.toMatchObject(
          refusedBy('certification_runs_one_active'),
        );
      }
      await client.query(`UPDATE certification_runs SET status = 'CERTIFIED' WHERE id = $1`, [
        `${active}-1`,
      ]);
      await insertRun(`${active}-4`, active, active);
    });
  });
});
