import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Rows } from '../support/rows.js';
import { MODEL } from '../support/samples.js';
import { TestService, type Answer } from '../support/service.js';

const POOL = 4;
/** Less than the default of 1.5 s: a busy machine adds to it. */
const WAIT_MS = 1_000;
/** What is promised with the default. */
const AT_MOST_MS = 2_000;

// The queue has connections of its own: once is enough.
describe.skipIf(process.env.TEST_QUEUE === 'redis')('A database that', () => {
  let catalogue: TestService;
  let modelId: string;
  let turn = 0;

  beforeAll(async () => {
    catalogue = await TestService.start({
      ...{ ROLE: 'api', DATABASE_POOL_SIZE: String(POOL) },
      ...{ DATABASE_WAIT_MS: String(WAIT_MS), DATABASE_STATEMENT_MS: '4000' },
    });
    modelId = await new Rows(catalogue).model('Kept');
    await read();
  });

  afterAll(() => catalogue.close());

  /** Of the models, past what is kept in memory. */
  function read(): Promise<Answer> {
    turn += 1;
    return catalogue.call('GET', `/api/v2/models?limit=${turn}`);
  }

  function create(): Promise<Answer> {
    turn += 1;
    return catalogue.call('POST', '/api/v2/models', { ...MODEL, name: `Model ${turn}` });
  }

  /** Refused in time, as something that passes. */
  async function refused(ask: () => Promise<Answer>): Promise<void> {
    const began = performance.now();
    const { status, headers, text } = await ask();
    expect(performance.now() - began).toBeLessThan(AT_MOST_MS);
    expect(status, text).toBe(503);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect(text).not.toMatch(/prisma|postgres|timeout|stack/i);
  }

  async function lives(): Promise<void> {
    const began = performance.now();
    const { status } = await catalogue.call('GET', '/health/live');
    expect(status).toBe(200);
    expect(performance.now() - began).toBeLessThan(AT_MOST_MS); // statements may take 4 s
  }

  /** Statements that run and do not end. */
  async function sleeping(): Promise<number> {
    const { rowCount } = await catalogue.database.query(
      `SELECT FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event = 'PgSleep'`,
    );
    return rowCount ?? 0;
  }

  async function worksAgain(): Promise<void> {
    await expect.poll(async () => (await read()).status, { timeout: 10_000 }).toBe(200);
    expect((await create()).status).toBe(201);
  }

  /** While a transaction holds what the statement locks. */
  async function locking(statement: string, meanwhile: () => Promise<void>): Promise<void> {
    const client: pg.PoolClient = await catalogue.database.connect();
    await client.query('BEGIN');
    await client.query(statement);
    try {
      await meanwhile();
    } finally {
      await client.query('ROLLBACK');
      client.release();
    }
  }

  it('keeps a table locked is not waited for', async () => {
    await locking('LOCK TABLE base_models IN ACCESS EXCLUSIVE MODE', async () => {
      await refused(read);
      await refused(create);
      await lives();
    });
    await worksAgain();
  });

  it('keeps a row locked is not waited for, and what else there is goes on', async () => {
    const path = `/api/v2/models/${modelId}`;
    await locking(`SELECT FROM base_models WHERE id = '${modelId}' FOR UPDATE`, async () => {
      await refused(() => catalogue.call('PATCH', path, { family: 'F' }));
      expect((await read()).status).toBe(200);
      expect((await create()).status).toBe(201);
    });
    expect((await catalogue.call('PATCH', path, { family: 'F' })).status).toBe(200);
  });

  it('is slow is not waited for, however many ask', async () => {
    // A statement that runs, so that no limit of locks ends it.
    await catalogue.database.query(
      `ALTER TABLE base_models RENAME TO quick_models;
       CREATE VIEW base_models AS SELECT m.* FROM quick_models m, LATERAL
         (SELECT pg_sleep(60), m.id) slow`,
    );
    const many = Array.from({ length: 5 * POOL }, () => refused(read));
    await expect.poll(sleeping).toBe(POOL);
    await lives();
    await Promise.all(many);
    // All connections are still taken: neither is one of these waited for.
    await Promise.all([refused(create), refused(() => catalogue.call('GET', '/api/v2/users'))]);
    await catalogue.database.query(
      'DROP VIEW base_models; ALTER TABLE quick_models RENAME TO base_models',
    );
    await worksAgain();
  });
});
