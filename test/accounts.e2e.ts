import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';

import { startService } from '../src/service.js';
import { Config } from '../src/shared/config.js';
import { addAccount, dumpOf, PASSWORD } from './support/accounts.js';
import { overtaken } from './support/overtaken.js';
import { UNKNOWN } from './support/samples.js';
import { ADMIN_KEY, SEALING, ServiceClient, TestService, type Answer } from './support/service.js';

const KEYS = '/api/v2/api-keys';
const USERS = '/api/v2/users';
const MODELS = '/api/v2/models';
const HOUR_MS = 3_600_000;

let catalogue: TestService;
/** All that the service wrote to its log. */
const log: string[] = [];
/** All tokens that were given out. */
const given: string[] = [];

beforeAll(async () => {
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => log.push(String(text)) > 0);
  catalogue = await TestService.start({
    ...SEALING,
    LOG_LEVEL: 'trace',
  });
});

afterAll(async () => {
  await catalogue.close();
  vi.restoreAllMocks();
});

async function add(path: string, body: object): Promise<Record<string, unknown>> {
  const answer = await catalogue.call('POST', path, body);
  expect(answer.status, answer.text).toBe(201);
  if (typeof answer.body.key === 'string') given.push(answer.body.key);
  return answer.body;
}

/** Whether a token gets in. */
async function statusOf(token: unknown, path = MODELS): Promise<number> {
  return (await catalogue.call('GET', path, undefined, String(token))).status;
}

async function auth(what: string, body: object): Promise<Answer> {
  const answer = await catalogue.call('POST', `/api/v2/auth/${what}`, body, '');
  for (const token of [answer.body.accessToken, answer.body.refreshToken]) {
    if (typeof token === 'string') given.push(token);
  }
  return answer;
}

describe('API keys', () => {
  it('are shown once, and listed by their beginning', async () => {
    const made = await add(KEYS, { name: 'nightly', role: 'operator' });
    const { key, ...shown } = made;
    expect(key).toMatch(/^mc_[\w-]{43}$/);
    expect(shown).toEqual({
      id: expect.any(String),
      name: 'nightly',
      prefix: String(key).slice(0, 10),
      role: 'operator',
      userId: null,
      createdBy: 'ADMIN_API_KEY',
      createdAt: expect.any(String),
      expiresAt: null,
      revokedAt: null,
      lastUsedAt: null,
    });
    expect(await statusOf(key)).toBe(200);
    expect(await statusOf(key, KEYS)).toBe(403);
    const path = `${KEYS}/${String(shown.id)}`;
    await expect
      .poll(async () => (await catalogue.call('GET', path)).body)
      .toEqual({ ...shown, lastUsedAt: expect.any(String) });
    const list = await catalogue.call('GET', `${KEYS}?sort=name&limit=200`);
    expect(list.body.data).toContainEqual({ ...shown, lastUsedAt: expect.any(String) });
    expect(list.text).not.toContain(String(key));
  });

  it('are revoked at once, and their row stays', async () => {
    const { id, key } = await add(KEYS, { name: 'short-lived' });
    expect(await statusOf(key)).toBe(200); // and is known from now on
    const path = `${KEYS}/${String(id)}`;
    expect((await catalogue.call('DELETE', path)).status).toBe(204);
    expect(await statusOf(key)).toBe(401);
    expect((await catalogue.call('GET', path)).body).toMatchObject({
      revokedAt: expect.any(String),
    });
    expect((await catalogue.call('DELETE', path)).status).toBe(204);
    const again = await catalogue.call('POST', KEYS, { name: 'short-lived' });
    expect(again.status).toBe(409);
  });

  it('are refused once expired, also when they were known before', async () => {
    const soon = Date.now() + 20_000; // who speaks is known for longer
    const expiresAt = new Date(soon).toISOString();
    const { key } = await add(KEYS, { name: 'of the moment', expiresAt });
    expect(await statusOf(key)).toBe(200);
    vi.useFakeTimers({ toFake: ['Date'], now: soon });
    onTestFinished(() => void vi.useRealTimers());
    expect(await statusOf(key)).toBe(401);
  });

  it('of a user do no more than the user may, and go with the user', async () => {
    const { userId, key } = await addAccount(catalogue, 'carol', 'admin');
    given.push(key);
    expect(await statusOf(key, USERS)).toBe(200);
    const path = `${USERS}/${userId}`;
    expect((await catalogue.call('PATCH', path, { role: 'viewer' })).status).toBe(200);
    expect(await statusOf(key, USERS)).toBe(403);
    expect(await statusOf(key)).toBe(200);
    expect((await catalogue.call('DELETE', path)).status).toBe(204);
    expect(await statusOf(key)).toBe(401);
  });

  it.each([
    [{ name: '' }, '/name'],
    [{ name: 'a@b' }, '/name'],
    [{ name: 'ADMIN_API_KEY' }, '/name'],
    [{ name: 'x', role: 'ADMIN' }, '/role'],
    [{ name: 'x', userId: UNKNOWN }, '/userId'],
    [{ name: 'x', userId: 'x' }, '/userId'],
    [{ name: 'x', expiresAt: new Date(Date.now() - HOUR_MS).toISOString() }, '/expiresAt'],
    [{ name: 'x', expiresAt: '9999-12-31T23:59:59-23:00' }, '/expiresAt'],
    [{ name: 'x', key: 'mc_mine' }, '/key'],
  ])('are refused of %j', async (body, pointer) => {
    const { status, body: problem } = await catalogue.call('POST', KEYS, body);
    expect(status).toBe(400);
    expect(Object(problem.errors)[0]).toMatchObject({ pointer });
  });

  it('are no longer taken by another service on the same database', async () => {
    const { databaseUrl, redisUrl } = catalogue;
    const other = await startService(
      Config.from({
        ...{ DATABASE_URL: databaseUrl, ROLE: 'api', HOST: '127.0.0.1', PORT: '0' },
        ...(redisUrl && { REDIS_URL: redisUrl }),
        ...{ ADMIN_API_KEY: ADMIN_KEY, LOG_LEVEL: 'trace' },
      }),
    );
    // Its log is that of the process: the last that starts decides how much is written.
    const client = new ServiceClient(other.url, ADMIN_KEY);
    try {
      const { id, key } = await add(KEYS, { name: 'of two processes' });
      const elsewhere = () => client.call('GET', MODELS, undefined, String(key));
      expect((await elsewhere()).status).toBe(200);
      expect((await catalogue.call('DELETE', `${KEYS}/${String(id)}`)).status).toBe(204);
      await vi.waitFor(async () => expect((await elsewhere()).status).toBe(401), 5_000);
    } finally {
      await other.close();
    }
  }, 60_000);
});

describe('users', () => {
  it('are added, read, changed and removed', async () => {
    const input = { email: ' Dave@Example.COM ', password: PASSWORD };
    const made = await add(USERS, input);
    expect(made).toEqual({
      id: expect.any(String),
      email: 'dave@example.com',
      name: null,
      role: 'viewer',
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    });
    const path = `${USERS}/${String(made.id)}`;
    const { body, headers } = await catalogue.call('GET', path);
    expect(body).toEqual(made);
    const patch = (change: object, etag = String(headers.get('etag'))) =>
      catalogue.call('PATCH', path, change, undefined, { 'if-match': etag });
    expect((await patch({ name: 'Dave' })).body).toMatchObject({ name: 'Dave', role: 'viewer' });
    expect((await patch({ name: 'D' })).status).toBe(412);
    expect((await catalogue.call('PATCH', path, { email: 'x' })).status).toBe(400);
    expect((await catalogue.call('POST', USERS, input)).status).toBe(409);
    const list = await catalogue.call('GET', `${USERS}?sort=email&limit=200`);
    expect(list.body.data).toContainEqual(expect.objectContaining({ email: 'dave@example.com' }));
    expect((await catalogue.call('DELETE', path)).status).toBe(204);
    expect((await catalogue.call('GET', path)).status).toBe(404);
  });

  it('leave the names of their keys taken: they stand in the audit', async () => {
    const { id: userId } = await add(USERS, { email: 'gone@example.com', password: PASSWORD });
    const { id, key } = await add(KEYS, { name: 'of one who left', userId });
    expect((await catalogue.call('DELETE', `${USERS}/${String(userId)}`)).status).toBe(204);
    expect(await statusOf(key)).toBe(401);
    expect((await catalogue.call('GET', `${KEYS}/${String(id)}`)).body).toMatchObject({
      userId: null,
      revokedAt: expect.any(String),
    });
    const again = await catalogue.call('POST', KEYS, { name: 'of one who left' });
    expect(again.status).toBe(409);
  });

  it('leave the name of a key that they are just given taken, too', async () => {
    const { id } = await add(USERS, { email: 'going@example.com', password: PASSWORD });
    const insertion = `INSERT INTO api_keys (id, name, hash, prefix, role, "userId")
                   VALUES (gen_random_uuid(), 'of one who leaves', 'none', 'mc_', 'VIEWER', $1)`;
    const removed = await overtaken(catalogue.database, [insertion, [id]], () =>
      catalogue.call('DELETE', `${USERS}/${String(id)}`),
    );
    expect(removed.status, removed.text).toBe(204);
    const { rows } = await catalogue.database.query(
      `SELECT "userId", "revokedAt" IS NOT NULL AS revoked FROM api_keys
        WHERE name = 'of one who leaves'`,
    );
    expect(rows).toEqual([{ userId: null, revoked: true }]);
  });

  it.each([
    [{ email: 'x', password: PASSWORD }, '/email'],
    [{ email: 'x@example.com' }, '/password'],
    [{ email: 'x@example.com', password: 'too short' }, '/password'],
    [{ email: 'x@example.com', password: 'x'.repeat(201) }, '/password'],
    [{ email: 'x@example.com', password: PASSWORD, role: 'root' }, '/role'],
  ])('are refused of %j', async (body, pointer) => {
    const { status, body: problem } = await catalogue.call('POST', USERS, body);
    expect(status).toBe(400);
    expect(Object(problem.errors)[0]).toMatchObject({ pointer });
  });
});

describe('sessions', () => {
  const login = (email: string, password = PASSWORD) => auth('login', { email, password });

  it('begin with a password, and speak for the user', async () => {
    const { email, userId } = await addAccount(catalogue, 'erin', 'admin');
    const { status, body, headers } = await login('Erin@example.com');
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toMatchObject({ expiresIn: 900, accessToken: expect.stringMatching(/^eyJ/) });
    const key = await catalogue.call('POST', KEYS, { name: 'of erin' }, String(body.accessToken));
    expect(key.body).toMatchObject({ createdBy: email });
    const settings = await catalogue.call(
      'GET',
      '/api/v2/settings',
      undefined,
      String(body.accessToken),
    );
    expect(settings.status).toBe(200);
    // As little as a key, the token outlives what the user may.
    await catalogue.call('PATCH', `${USERS}/${userId}`, { role: 'viewer' });
    expect(await statusOf(body.accessToken, USERS)).toBe(403);
    await catalogue.call('DELETE', `${USERS}/${userId}`);
    expect(await statusOf(body.accessToken)).toBe(401);
  });

  it('say nothing of what was wrong', async () => {
    await addAccount(catalogue, 'frank');
    const wrong = await login('frank@example.com', 'wrong horse battery');
    const unknown = await login('nobody@example.com');
    expect([wrong.status, unknown.status]).toEqual([401, 401]);
    expect(wrong.body.detail).toBe(unknown.body.detail);
    expect(wrong.headers.get('www-authenticate')).toBe('Bearer');
    expect((await auth('refresh', { refreshToken: 'x' })).status).toBe(401);
    expect((await auth('refresh', { refreshToken: `${UNKNOWN}.${'x'.repeat(43)}` })).status).toBe(
      401,
    );
    expect((await auth('logout', { refreshToken: 'x' })).status).toBe(204);
  });

  it('go on by a refresh token, each once: an old one ends the session', async () => {
    await addAccount(catalogue, 'grace');
    const first = (await login('grace@example.com')).body;
    const other = (await login('grace@example.com')).body;
    const second = await auth('refresh', { refreshToken: first.refreshToken });
    expect(second.status).toBe(200);
    expect(second.body.sessionExpiresAt).toBe(first.sessionExpiresAt);
    expect(await statusOf(second.body.accessToken)).toBe(200);
    expect((await auth('refresh', { refreshToken: first.refreshToken })).status).toBe(401);
    expect(await statusOf(second.body.accessToken)).toBe(401);
    expect(await statusOf(first.accessToken)).toBe(401);
    expect((await auth('refresh', { refreshToken: second.body.refreshToken })).status).toBe(401);
    expect(await statusOf(other.accessToken)).toBe(200);
  });

  it('are refreshed by one of two who try at once', async () => {
    await addAccount(catalogue, 'heidi');
    const { refreshToken } = (await login('heidi@example.com')).body;
    const tries = [1, 2, 3].map(() => auth('refresh', { refreshToken }));
    const statuses = (await Promise.all(tries)).map(({ status }) => status);
    expect(statuses.toSorted((a, b) => a - b)).toEqual([200, 401, 401]);
  });

  it('end at a logout, with a new password, and after their time', async () => {
    const { userId } = await addAccount(catalogue, 'ivan');
    const out = (await login('ivan@example.com')).body;
    expect(await statusOf(out.accessToken)).toBe(200);
    expect((await auth('logout', { refreshToken: out.refreshToken })).status).toBe(204);
    expect(await statusOf(out.accessToken)).toBe(401);
    expect((await auth('refresh', { refreshToken: out.refreshToken })).status).toBe(401);

    const changed = (await login('ivan@example.com')).body;
    const password = 'another horse battery';
    await catalogue.call('PATCH', `${USERS}/${userId}`, { password });
    expect(await statusOf(changed.accessToken)).toBe(401);
    expect((await login('ivan@example.com')).status).toBe(401);

    const old = (await login('ivan@example.com', password)).body;
    await catalogue.database.query(`UPDATE sessions SET "expiresAt" = now() - interval '1 minute'`);
    expect((await auth('refresh', { refreshToken: old.refreshToken })).status).toBe(401);
    expect(await statusOf(old.accessToken)).toBe(401);
  });

  it('are refused to who tries too often', async () => {
    await addAccount(catalogue, 'judy');
    for (let tries = 0; tries < 10; tries++) {
      expect((await login('judy@example.com', 'wrong')).status).toBe(401);
    }
    const refused = await login('judy@example.com');
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await login('frank@example.com')).status).toBe(200);
  });

  it('need an encryption key', async () => {
    const bare = await TestService.start();
    try {
      const { email } = await addAccount(bare, 'ken');
      const body = { email, password: PASSWORD };
      const refused = await bare.call('POST', '/api/v2/auth/login', body, '');
      expect(refused.status).toBe(503);
      expect(refused.body.detail).toContain('openssl rand -base64 32');
    } finally {
      await bare.close();
    }
  });
});

describe('answers kept in memory', () => {
  it('are given to whoever may read them, and to nobody else', async () => {
    const { userId, email } = await addAccount(catalogue, 'liam', 'viewer');
    const { accessToken } = (await auth('login', { email, password: PASSWORD })).body;
    const token = String(accessToken);
    const hits = async () => {
      const { body } = await catalogue.call('GET', '/api/v2/metrics');
      return Number(Object(Object(body).cache).hits);
    };
    expect(await statusOf(token)).toBe(200);
    const before = await hits();
    expect(await statusOf(token)).toBe(200);
    expect(await hits()).toBeGreaterThan(before);
    expect(await statusOf(`${token}x`)).toBe(401);
    await catalogue.call('DELETE', `${USERS}/${userId}`);
    expect(await statusOf(token)).toBe(401);
  });
});

describe('keys, passwords and tokens', () => {
  it('are in clear nowhere in the database, and nowhere in the log', async () => {
    const dump = await dumpOf(catalogue);
    expect(dump).toContain('$argon2id$');
    expect(log.join('')).toContain('An old refresh token came');
    expect(given.length).toBeGreaterThan(20);
    for (const secret of [...given, PASSWORD, ADMIN_KEY]) {
      expect(dump.includes(secret), secret).toBe(false);
      expect(log.join('').includes(secret), secret).toBe(false);
    }
  });
});
