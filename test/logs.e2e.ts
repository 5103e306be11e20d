import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { addAccount, PASSWORD, type Account } from './support/accounts.js';
import { jobBecomes } from './support/jobs.js';
import { entriesWritten } from './support/log-entries.js';
import { Rows } from './support/rows.js';
import { MODEL } from './support/samples.js';
import { completion, json, ScriptedProvider } from './support/scripted-provider.js';
import { newDatabase, SEALING, TestService, type Answer } from './support/service.js';

const PATH = '/api/v2/logs';
const ENV = { ...SEALING, LOG_LEVEL: 'info' };

interface Entry {
  readonly timestamp: string;
  readonly level: string;
  readonly message: string;
  readonly requestId: string | null;
  readonly userId: string | null;
  readonly inferenceId: string | null;
  readonly metadata: Record<string, unknown>;
  readonly error: Record<string, unknown> | null;
}

let catalogue: TestService;
let provider: ScriptedProvider;
let rows: Rows;
let ann: Account;
/** All that the service wrote to its log. */
const written: string[] = [];

beforeAll(async () => {
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  provider = await ScriptedProvider.start(json(completion({ content: 'Paris.' })));
  catalogue = await TestService.start(ENV);
  rows = new Rows(catalogue);
  ann = await addAccount(catalogue, 'ann', 'admin');
});

afterAll(async () => {
  await catalogue.close();
  await provider.close();
  vi.restoreAllMocks();
});

async function read(query: string): Promise<Entry[]> {
  const { data } = await rows.read<{ data: Entry[] }>(`${PATH}?${query}`);
  return data;
}

/** Entries that are written in batches: within seconds. */
function appeared(query: string, count = 1): Promise<Entry[]> {
  return vi.waitFor(
    async () => {
      const found = await read(query);
      expect(found.length).toBeGreaterThanOrEqual(count);
      return found;
    },
    { timeout: 10_000, interval: 100 },
  );
}

let requests = 0;

/** Sends a request under an id of its own. */
async function send(
  method: string,
  path: string,
  body?: unknown,
  key: string | undefined = ann.key,
): Promise<Answer & { readonly requestId: string }> {
  const requestId = `test-${String(++requests)}`;
  const answer = await catalogue.call(method, path, body, key, { 'x-request-id': requestId });
  return { ...answer, requestId };
}

/** Sends a request while a table is away: it fails, which no document promises. */
async function sendWithout(table: string, method: string, path: string, body?: unknown) {
  const requestId = `test-${String(++requests)}`;
  const headers = {
    authorization: `Bearer ${ann.key}`,
    'content-type': 'application/json',
    'x-request-id': requestId,
  };
  await catalogue.database.query(`ALTER TABLE ${table} RENAME TO table_away`);
  const { status } = await fetch(`${catalogue.url}${path}`, {
    method,
    headers,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  await catalogue.database.query(`ALTER TABLE table_away RENAME TO ${table}`);
  return { status, requestId };
}

async function nothingOf(requestId: string): Promise<void> {
  await entriesWritten(catalogue);
  expect(await read(`requestId=${requestId}`)).toEqual([]);
}

describe('the id of a request', () => {
  it('is the one it came with, where that is well formed', async () => {
    const id = 'trace_7.of-client';
    const answer = await catalogue.call('GET', PATH, undefined, undefined, { 'x-request-id': id });
    expect(answer.headers.get('x-request-id')).toBe(id);
  });

  it.each(['', 'a b', 'x'.repeat(129), '"><script>', 'a,b'])('is made for %j', async (id) => {
    const answer = await catalogue.call('GET', '/api/v2/none', undefined, undefined, {
      'x-request-id': id,
    });
    const made = answer.headers.get('x-request-id');
    expect(made).toMatch(/^[\w-]{8,40}$/);
    expect(answer.body.requestId).toBe(made);
  });
});

describe('the audit', () => {
  it('says who changed what, with the change itself', async () => {
    const created = await send('POST', '/api/v2/models', { ...MODEL, name: 'Audited' });
    expect(created.status).toBe(201);
    const id = String(created.body.id);
    const path = `/api/v2/models/${id}`;
    const patched = await send('PATCH', path, { description: 'new', deprecated: true });
    const removed = await send('DELETE', path);
    const found = await read(`entityId=${id}`);
    const by = { caller: 'key of ann', keyId: expect.any(String), entity: 'model', entityId: id };
    expect(found).toMatchObject([
      {
        message: 'model deleted',
        requestId: removed.requestId,
        metadata: {
          ...by,
          action: 'delete',
          route: 'DELETE /api/v2/models/:id',
          before: { id, name: 'Audited', description: 'new' },
          after: null,
        },
      },
      {
        message: 'model updated',
        requestId: patched.requestId,
        metadata: { ...by, action: 'update', route: 'PATCH /api/v2/models/:id' },
      },
      {
        level: 'audit',
        message: 'model created',
        requestId: created.requestId,
        userId: ann.userId,
        inferenceId: null,
        error: null,
        metadata: {
          ...by,
          action: 'create',
          route: 'POST /api/v2/models',
          before: null,
          after: { id, name: 'Audited' },
        },
      },
    ]);
    expect(found[1]?.metadata.before).toEqual({ description: null, deprecated: false });
    expect(found[1]?.metadata.after).toEqual({ description: 'new', deprecated: true });
  });

  it('has nothing of what was refused, or changed nothing', async () => {
    const refused = await send('POST', '/api/v2/models', { ...MODEL, name: '' });
    expect(refused.status).toBe(400);
    const body = { inputTokens: 1, outputTokens: 1 };
    const id = await rows.deployedAt(provider.url, 'm-1');
    const items = [{ deploymentId: id, ...body }];
    const estimated = await send('POST', '/api/v2/cost-estimates', { items });
    const invoked = await send('POST', `/api/v2/deployments/${id}/invoke`, { prompt: 'x' });
    expect([estimated.status, invoked.status]).toEqual([200, 200]);
    for (const { requestId } of [refused, estimated, invoked]) await nothingOf(requestId);
  });

  it('covers providers, deployments, users and keys', async () => {
    const id = await rows.deployedAt(provider.url, 'm-2');
    await rows.patch(`/api/v2/deployments/${id}`, { costPer1MInput: 9, confirmPriceJump: true });
    const deployment = await read(`entityId=${id}`);
    expect(deployment.map(({ message }) => message)).toEqual([
      'deployment updated',
      'deployment created',
    ]);
    expect(deployment[0]?.metadata.after).toEqual({ costPer1MInput: 9 });
    const providerId = String(Object(deployment[1]?.metadata.after).providerId);
    expect(await read(`entityId=${providerId}`)).toMatchObject([{ message: 'provider created' }]);

    const user = await send('POST', '/api/v2/users', {
      email: 'u@example.com',
      password: PASSWORD,
    });
    await send('PATCH', `/api/v2/users/${String(user.body.id)}`, { password: `${PASSWORD} two` });
    const ofUser = await read(`entityId=${String(user.body.id)}`);
    expect(ofUser).toMatchObject([
      { message: 'user updated', metadata: { passwordChanged: true, before: {}, after: {} } },
      { message: 'user created' },
    ]);
    const key = await send('POST', '/api/v2/api-keys', { name: 'one more' });
    await send('DELETE', `/api/v2/api-keys/${String(key.body.id)}`);
    const ofKey = await read(`entityId=${String(key.body.id)}`);
    expect(ofKey.map(({ message }) => message)).toEqual(['API key updated', 'API key created']);
    expect(JSON.stringify([ofUser, ofKey])).not.toContain(String(key.body.key));
    expect(JSON.stringify([ofUser, ofKey])).not.toContain(PASSWORD);
  });

  it('covers the settings of users, and shows of their keys only that they were set', async () => {
    const keys = { awsAccessKey: 'AKIAOFANNCANARY01111', awsSecretKey: 'secret/of+ann/31337' };
    const put = await send('PUT', '/api/v2/settings', { theme: 'dark', ...keys });
    expect(put.status, put.text).toBe(200);
    const [entry] = await read(`requestId=${put.requestId}`);
    expect(entry?.metadata).toMatchObject({
      entity: 'settings',
      awsKeys: 'set',
      before: { theme: 'light', awsSecretKeySet: false },
      after: { theme: 'dark', awsSecretKeySet: true },
    });
    expect(JSON.stringify(entry)).not.toMatch(/31337|AKIA/);
  });

  it('has one entry of an import, and none of a dry run', async () => {
    const body = [
      { ...MODEL, name: 'Imported 1' },
      { ...MODEL, name: 'Imported 2' },
    ];
    const dry = await send('POST', '/api/v2/models/import?dryRun=true', body);
    const done = await send('POST', '/api/v2/models/import', body);
    expect([dry.status, done.status], done.text).toEqual([200, 200]);
    await nothingOf(dry.requestId);
    expect(await read(`requestId=${done.requestId}`)).toMatchObject([
      {
        message: 'models imported',
        userId: ann.userId,
        metadata: { action: 'import', models: { created: 2, updated: 0 } },
      },
    ]);
  });

  it('covers logins, those that failed, and logouts', async () => {
    const login = (password: string) =>
      send('POST', '/api/v2/auth/login', { email: ann.email, password }, '');
    const failed = await login('no such password 31337');
    const done = await login(PASSWORD);
    const { refreshToken } = done.body;
    const out = await send('POST', '/api/v2/auth/logout', { refreshToken }, '');
    expect([failed.status, done.status, out.status]).toEqual([401, 200, 204]);
    expect(await appeared(`requestId=${failed.requestId}`)).toMatchObject([
      {
        message: 'POST /api/v2/auth/login refused',
        userId: null,
        metadata: { action: 'refused', status: 401, email: ann.email, entity: 'session' },
      },
    ]);
    const [entry] = await appeared(`requestId=${done.requestId}`);
    expect(entry).toMatchObject({
      message: 'POST /api/v2/auth/login',
      userId: ann.userId,
      metadata: { status: 200, caller: ann.email, address: '127.0.0.1' },
    });
    const session = String(entry?.metadata.entityId);
    expect(await appeared(`requestId=${out.requestId}`)).toMatchObject([
      { userId: ann.userId, metadata: { entity: 'session', entityId: session } },
    ]);
    expect(JSON.stringify(await read('level=audit&limit=200'))).not.toContain('31337');
    const unknown = await send('POST', '/api/v2/auth/logout', { refreshToken: 'none' }, '');
    await nothingOf(unknown.requestId);
  });

  it('covers requests for certifications, cancelling, pausing and resuming', async () => {
    const deploymentId = await rows.deployedAt(provider.url, 'm-3');
    const paused = await send('POST', '/api/certification-queue/pause');
    const asked = await send('POST', '/api/certification-queue', { deploymentId });
    const batch = String(asked.body.batchId);
    const cancelled = await send('DELETE', `/api/certification-queue/batches/${batch}`);
    const resumed = await send('POST', '/api/certification-queue/resume');
    await appeared(`requestId=${resumed.requestId}`);
    expect(await read(`entityId=${batch}`)).toMatchObject([
      { requestId: cancelled.requestId, metadata: { status: 202, caller: 'key of ann' } },
      { requestId: asked.requestId, metadata: { entity: 'batch', runs: 1, started: 1 } },
    ]);
    const [pause] = await read(`requestId=${paused.requestId}`);
    expect(pause).toMatchObject({ message: 'POST /api/certification-queue/pause' });
  });

  it('undoes a change that it cannot put on record', async () => {
    const body = { ...MODEL, name: 'Unrecorded' };
    const refused = await sendWithout('logs', 'POST', '/api/v2/models', body);
    expect(refused.status).toBe(500);
    expect((await send('GET', '/api/v2/models?q=Unrecorded')).body.data).toEqual([]);
  });
});

describe('the log', () => {
  it('keeps errors, with the request that met them', async () => {
    const failed = await sendWithout('providers', 'GET', '/api/v2/providers');
    expect(failed.status).toBe(500);
    const [entry] = await appeared(`level=error&requestId=${failed.requestId}`);
    expect(entry).toMatchObject({
      level: 'error',
      userId: ann.userId,
      metadata: { context: 'ProblemFilter' },
      error: { code: '42P01', stack: expect.any(String) },
    });
  });

  it('says which run, job and deployment an error is about', async () => {
    const deploymentId = await rows.deployedAt(provider.url, 'm-4');
    const database = catalogue.database;
    await database.query('ALTER TABLE certification_probe_results RENAME TO results_away');
    const body = { deploymentId, profile: 'smoke' };
    const asked = await send('POST', '/api/certification-queue', body);
    const [run] = Array.isArray(asked.body.certifications) ? asked.body.certifications : [];
    const { runId, jobId } = Object(run) as Record<string, string>;
    const found = await vi.waitFor(
      async () => {
        const entries = await read(`level=error&userId=${ann.userId}`);
        const mine = entries.find(({ inferenceId }) => inferenceId === runId);
        expect(mine).toBeDefined();
        return mine;
      },
      { timeout: 15_000, interval: 200 },
    );
    await database.query('ALTER TABLE results_away RENAME TO certification_probe_results');
    await jobBecomes(catalogue, String(jobId), { status: 'FAILED' });
    expect(found).toMatchObject({
      userId: ann.userId,
      metadata: { context: 'CertificationRunner', runId, jobId, deploymentId },
    });
    const line = written
      .flatMap((text) => text.split('\n'))
      .find((text) => text.includes('CertificationRunner') && text.includes(String(runId)));
    expect(JSON.parse(line ?? '{}')).toMatchObject({ runId, jobId, deploymentId });
  });

  it('has a line for each request that changes something: its template, never its query', async () => {
    const path = '/api/v2/models/import?dryRun=true';
    const sent = await send('POST', path, [{ ...MODEL, name: 'Another' }]);
    const lines = () => written.filter((text) => text.includes(`"${sent.requestId}"`));
    await expect.poll(lines).toHaveLength(1);
    expect(JSON.parse(lines()[0] ?? '{}')).toMatchObject({
      context: 'Http',
      msg: 'POST /api/v2/models/import 200',
      method: 'POST',
      route: '/api/v2/models/import',
      status: 200,
      ms: expect.any(Number),
      userId: ann.userId,
    });
    expect(written.join('')).not.toContain('dryRun');
  });

  it('is read by level, request, user and time, page by page', async () => {
    await entriesWritten(catalogue); // nothing comes between two readings
    const all = await read('limit=200');
    const levels = async (query: string) =>
      new Set((await read(`${query}&limit=200`)).map(({ level }) => level));
    expect(await levels('level=audit')).toEqual(new Set(['audit']));
    expect(await levels('level=error')).toEqual(new Set(['error']));
    expect(all.map(({ timestamp }) => timestamp)).toEqual(
      all.map(({ timestamp }) => timestamp).toSorted((a, b) => (a < b ? 1 : -1)),
    );
    const ofAnn = await read(`userId=${ann.userId}&limit=200`);
    expect(ofAnn).toEqual(all.filter(({ userId }) => userId === ann.userId));
    const moment = String(all[3]?.timestamp);
    const [from, to] = await Promise.all([
      read(`from=${moment}&limit=200`),
      read(`to=${moment}&limit=200`),
    ]);
    expect(from.every(({ timestamp }) => timestamp >= moment)).toBe(true);
    expect(to.every(({ timestamp }) => timestamp < moment)).toBe(true);
    expect(to.length).toBe(all.filter(({ timestamp }) => timestamp < moment).length);
    const paged: unknown[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body } = await catalogue.call('GET', `${PATH}?limit=7${cursor}`);
      paged.push(...(Array.isArray(body.data) ? body.data : []));
      const { nextCursor } = Object(body.page) as { nextCursor: string | null };
      cursor = nextCursor && `&cursor=${nextCursor}`;
    }
    expect(paged.slice(-all.length)).toEqual(all);
  });

  it.each([
    'level=info',
    'userId=x',
    'from=0000-01-01',
    'from=2026-02-01&to=2026-01-01',
    'limit=201',
  ])('refuses %s', async (query) =>
    expect((await catalogue.call('GET', `${PATH}?${query}`)).status).toBe(400),
  );

  it('forgets what is older than it should keep, and nothing else', async () => {
    const DATABASE_URL = await newDatabase();
    const first = await TestService.start({ DATABASE_URL });
    const add = (id: string, days: number) =>
      first.database.query(
        `INSERT INTO logs (id, level, message, timestamp)
         SELECT $1 || n, 'warn', $1, now() - make_interval(days => $2)
           FROM generate_series(1, 5500) AS n`,
        [id, days],
      );
    await add('old', 11);
    await add('new', 9);
    const second = await TestService.start({ DATABASE_URL, LOG_RETENTION_DAYS: '10' });
    const left = `SELECT message, count(*)::int FROM logs WHERE level = 'warn' GROUP BY 1`;
    await vi.waitFor(
      async () => {
        const { rows: found } = await first.database.query(left);
        expect(found).toEqual([{ message: 'new', count: 5500 }]);
      },
      { timeout: 20_000, interval: 200 },
    );
    await second.close();
    await first.close();
  });
});
