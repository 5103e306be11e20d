import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';

import { addAccount, dumpOf, type Account } from './support/accounts.js';
import { ChildService } from './support/child-service.js';
import { SONNET } from './support/bedrock-harness.js';
import { Rows } from './support/rows.js';
import { MODEL, PRICES } from './support/samples.js';
import { json, ScriptedProvider } from './support/scripted-provider.js';
import { newDatabase, newRedis, TestService, type Answer } from './support/service.js';
import { checkLogs } from './support/written-log.js';

/** Planted where secrets are; each has its place in its name. */
const PLANTED = {
  admin: 'canary-admin-key-31337',
  encryption: randomBytes(32).toString('base64'),
  provider: 'canary.provider.key.31337',
  awsOfService: 'canary/aws+of+service/31337',
  session: 'canary-session-token-31337',
  awsOfUser: 'canary/aws+of+user/31337',
  password: 'canary password 31337',
  wrongPassword: 'canary wrong password 31337',
  wrongKey: 'canary-wrong-key-31337',
  header: 'canary-header-31337',
  query: 'canary-query-31337',
  body: 'canary-body-31337',
  url: 'canary-url-password-31337',
  config: 'canary-config-31337',
};

const ANN = { awsAccessKey: 'AKIAOFANNCANARY01111', awsSecretKey: PLANTED.awsOfUser };

let provider: ScriptedProvider;
let service: ChildService;
let database: pg.Pool;
let redisUrl: string | null;
let rows: Rows;
let user: Account;
const answers: Answer[] = [];
/** Made by the service, and told to whom they are for. */
const made: string[] = [];

beforeAll(async () => {
  // Says back whatever it was sent: the key is in its message, its code and its header.
  provider = await ScriptedProvider.start(({ headers }) => {
    const { authorization = '' } = headers;
    const aws = authorization.startsWith('AWS4');
    const secret = !aws
      ? PLANTED.provider
      : authorization.includes(ANN.awsAccessKey)
        ? PLANTED.awsOfUser
        : PLANTED.awsOfService;
    const said = `${authorization} ${String(headers['x-amz-security-token'])} ${secret}`;
    return json({ error: { message: `No: ${said}`, code: secret } }, 401, {
      'x-request-id': secret,
      'x-amzn-errortype': `UnrecognizedClientException:${secret}`,
    });
  });
  const databaseUrl = await newDatabase();
  redisUrl = await newRedis();
  database = new pg.Pool({ connectionString: databaseUrl, max: 2 });
  service = await ChildService.start(
    { databaseUrl, redisUrl },
    {
      ROLE: 'all',
      LOG_LEVEL: 'trace',
      ADMIN_API_KEY: PLANTED.admin,
      ENCRYPTION_KEY: PLANTED.encryption,
      ECHO_API_KEY: PLANTED.provider,
      AWS_ACCESS_KEY_ID: 'AKIAOFTHESERVICE0000',
      AWS_SECRET_ACCESS_KEY: PLANTED.awsOfService,
      AWS_SESSION_TOKEN: PLANTED.session,
    },
  );
  rows = new Rows(Object.assign(service, { database }));
  user = await addAccount(service, 'ann');
  made.push(user.key);
}, 120_000);

afterAll(async () => {
  await service.close();
  await database.end();
  await provider.close();
});

/** Sends a request whose answer is searched in the end. */
async function send(...request: Parameters<ChildService['call']>): Promise<Answer> {
  const answer = await service.call(...request);
  answers.push(answer);
  return answer;
}

async function certify(deploymentId: string, key: string): Promise<void> {
  const body = { deploymentId, profile: 'smoke' };
  const { body: accepted } = await send('POST', '/api/certification-queue', body, key);
  const batch = `/api/certification-queue/batches/${String(accepted.batchId)}`;
  await vi.waitFor(
    async () => expect((await send('GET', batch, undefined, key)).body.finished).toBe(true),
    { timeout: 60_000, interval: 300 },
  );
  const certifications = await send('GET', `/api/v2/deployments/${deploymentId}/certifications`);
  const [first] = Array.isArray(certifications.body.data) ? certifications.body.data : [];
  await send('GET', `/api/v2/certifications/${String(Object(first).id)}/runs`);
}

describe('secrets', () => {
  it('are kept though a provider says them back', async () => {
    const at = { baseUrl: provider.url, authType: 'api_key' };
    const modelId = await rows.model('Echo');
    const id = await rows.deployment(modelId, await rows.provider('echo', at), 'echo-1');
    const prompt = { prompt: 'x' };
    const { status } = await send('POST', `/api/v2/deployments/${id}/invoke`, prompt);
    expect(status).toBe(502);
    await send('POST', `/api/v2/deployments/${id}/invoke`, { ...prompt, stream: true });
    await certify(id, user.key);
    expect(provider.lastRequest.headers.authorization).toContain(PLANTED.provider);
  }, 90_000);

  it('are kept though Amazon Bedrock says them back', async () => {
    expect((await send('PUT', '/api/v2/settings', ANN, user.key)).status).toBe(200);
    const at = { baseUrl: provider.url.replace('/v1', ''), authType: 'aws_credentials' };
    const providerId = await rows.provider('bedrock', at);
    const fields = { inferenceType: 'INFERENCE_PROFILE', regions: ['us-east-1'] };
    const id = await rows.deployment(await rows.model('Claude'), providerId, SONNET, fields);
    for (const key of [user.key, PLANTED.admin]) {
      const path = `/api/v2/deployments/${id}/invoke`;
      expect((await send('POST', path, { prompt: 'x' }, key)).status).toBeGreaterThanOrEqual(400);
    }
    await certify(id, user.key);
  }, 90_000);

  it('are kept though clients send them where they do not belong', async () => {
    const fields = { email: user.email, password: PLANTED.password };
    const account = await send('PATCH', `/api/v2/users/${user.userId}`, {
      password: fields.password,
    });
    expect(account.status, account.text).toBe(200);
    const wrong = { ...fields, password: PLANTED.wrongPassword };
    expect((await send('POST', '/api/v2/auth/login', wrong, '')).status).toBe(401);
    const login = await service.call('POST', '/api/v2/auth/login', fields, '');
    const { accessToken, refreshToken } = login.body;
    made.push(String(accessToken), String(refreshToken));
    await send('GET', '/api/v2/models', undefined, String(accessToken));
    const next = await service.call('POST', '/api/v2/auth/refresh', { refreshToken }, '');
    made.push(String(next.body.accessToken), String(next.body.refreshToken));
    await send('POST', '/api/v2/auth/refresh', { refreshToken }, ''); // ends the session
    await send('POST', '/api/v2/auth/logout', { refreshToken }, '');

    await send('GET', '/api/v2/models', undefined, PLANTED.wrongKey);
    const headers = {
      'x-api-key': PLANTED.header,
      cookie: `session=${PLANTED.header}`,
      'x-request-id': `${PLANTED.header} `.repeat(9),
    };
    await send('GET', '/api/v2/models', undefined, PLANTED.admin, headers);
    for (const path of ['/api/v2/models', '/api/v2/none', '/api/v2/logs']) {
      await send('GET', `${path}?api_key=${PLANTED.query}&limit=0`);
      await send('POST', `${path}?token=${PLANTED.query}`, { name: '' });
    }
    await send('POST', '/api/v2/models', `{"password": "${PLANTED.body}" oops`);
    await send('POST', '/api/v2/api-keys', `${PLANTED.body}`);
    const provides = { name: 'x', slug: 'x', baseUrl: `https://me:${PLANTED.url}@host/v1` };
    expect((await send('POST', '/api/v2/providers', provides)).status).toBe(400);
    const deployment = {
      ...{ baseModelId: await rows.model('Third'), providerId: await rows.provider('third') },
      ...{ deploymentId: 'd-3', ...PRICES, providerConfig: { apiKey: PLANTED.config } },
    };
    expect((await send('POST', '/api/v2/deployments', deployment)).status).toBe(400);
    const imported = [{ ...MODEL, name: 'Fourth', apiKey: PLANTED.config }];
    await send('POST', '/api/v2/models/import', imported);
  }, 60_000);

  it('are kept when the database fails', async () => {
    const query = (text: string) => database.query(text);
    const breaking = (table: string, path: string, body?: unknown) =>
      query(`ALTER TABLE ${table} RENAME TO table_away`)
        .then(() =>
          fetch(`${service.url}${path}`, {
            method: body === undefined ? 'GET' : 'POST',
            headers: {
              authorization: `Bearer ${PLANTED.admin}`,
              'content-type': 'application/json',
            },
            ...(body !== undefined && { body: JSON.stringify(body) }),
          }),
        )
        .then(async (response) => {
          expect(response.status).toBe(500);
          expect(await response.text()).not.toContain('31337');
        })
        .finally(() => query(`ALTER TABLE table_away RENAME TO ${table}`));
    await breaking('users', '/api/v2/auth/login', {
      email: user.email,
      password: PLANTED.wrongPassword,
    });
    await breaking('providers', `/api/v2/providers?limit=7`);
    const failed = { email: 'x@example.com', password: PLANTED.password };
    await breaking('users', '/api/v2/users', failed);
  });

  it('are in no answer, no table, no queue, and nothing that was written', async () => {
    const levels = ['audit', 'warn', 'error', 'fatal'];
    // What is written in batches has been, then.
    await vi.waitFor(
      async () => {
        const { body } = await send('GET', '/api/v2/logs?level=error');
        expect(JSON.stringify(body)).toContain('ProblemFilter');
      },
      { timeout: 10_000, interval: 200 },
    );
    for (const level of levels) await send('GET', `/api/v2/logs?level=${level}&limit=200`);
    const places = {
      answers: answers
        .map(({ text, headers }) => `${text} ${JSON.stringify([...headers])}`)
        .join('\n'),
      database: await dumpOf({ database }),
      redis: redisUrl === null ? '' : await redisDump(redisUrl),
      output: service.output,
    };
    expect(places.answers.length).toBeGreaterThan(10_000);
    expect(places.database).toContain('public.certification_probe_results');
    expect(places.database).toContain('[redacted]');
    if (redisUrl !== null) expect(places.redis).toContain('bull:');
    expect(places.output).toContain('"level":50');
    const found = Object.entries(places).flatMap(([place, text]) =>
      [...Object.values(PLANTED), ...made]
        .filter((secret) => text.includes(secret))
        .map((secret) => `${secret} in ${place}: ${near(text, secret)}`),
    );
    expect(found).toEqual([]);
  });
});

describe('the search of what all tests log', () => {
  it('sees what services write, and finds a secret in it', async () => {
    const here = await TestService.start({ ROLE: 'api' });
    await here.call('GET', '/api/v2/models');
    const folder = inject('logFolder');
    const file = join(folder, `${String(process.pid)}.log`);
    await expect.poll(() => readFileSync(file, 'utf8')).toContain('GET /api/v2/models 200');
    await here.close();
    expect(() => checkLogs(folder, [PLANTED.admin])).not.toThrow();
    expect(() => checkLogs(folder, ['GET /api/v2/models 200'])).toThrow('A secret is in the log');
  });
});

function near(text: string, secret: string): string {
  const at = text.indexOf(secret);
  return text.slice(Math.max(0, at - 200), at + 200);
}

/** All keys of a Redis database with what they hold, as text. */
async function redisDump(url: string): Promise<string> {
  const redis = new Redis(url);
  const texts: string[] = [];
  for (const key of await redis.keys('*')) {
    const type = await redis.type(key);
    const held: unknown =
      type === 'string'
        ? await redis.get(key)
        : type === 'hash'
          ? await redis.hgetall(key)
          : type === 'list'
            ? await redis.lrange(key, 0, -1)
            : type === 'set'
              ? await redis.smembers(key)
              : type === 'zset'
                ? await redis.zrange(key, '0', '-1')
                : await redis.xrange(key, '-', '+');
    texts.push(`${key} ${JSON.stringify(held)}`);
  }
  redis.disconnect();
  return texts.join('\n');
}
