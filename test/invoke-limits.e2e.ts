import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ChildService } from './support/child-service.js';
import { deployAt, HELLO, invoke, invokeStreaming } from './support/invoking.js';
import {
  completion,
  delta,
  DONE,
  json,
  ScriptedProvider,
  sse,
  type ScriptedAnswer,
} from './support/scripted-provider.js';
import { TestService, type Answer } from './support/service.js';

/** Two processes on one database: this one, and a child. */
let here: TestService;
let there: ChildService;
let provider: ScriptedProvider;

beforeAll(async () => {
  here = await TestService.start();
  there = await ChildService.start(here);
  provider = await ScriptedProvider.start();
});

afterAll(async () => {
  await there.close();
  await here.close();
  await provider.close();
});

const limited = async (limits: object) => (await deployAt(here, provider, limits)).id;

/** An answer that used so many tokens; null: the provider does not say. */
function used(tokens: number | null): ScriptedAnswer {
  const usage = tokens === null ? undefined : { prompt_tokens: 0, completion_tokens: tokens };
  return json(completion({ content: 'x' }, 'stop', { usage }));
}

/** So many calls at once, in turn through both processes. */
async function together(count: number, id: string, body: object = HELLO): Promise<Answer[]> {
  const services = [here, there];
  return Promise.all(
    Array.from({ length: count }, (_, index) => invoke(services[index % 2] ?? here, id, body)),
  );
}

const statuses = (answers: readonly Answer[]) =>
  answers.map(({ status }) => status).toSorted((one, other) => one - other);

const times = (count: number, status: number) => Array.from({ length: count }, () => status);

/** Works on the stored count of a limit, on either store. */
async function store(
  id: string,
  onRedis: (redis: Redis, key: string) => Promise<unknown>,
  onPostgres: string,
): Promise<void> {
  const key = `model-catalog:limits:rpmLimit:${id}`;
  if (!here.redisUrl) {
    await here.database.query(onPostgres.replaceAll('$1', `'${key}'`));
    return;
  }
  const redis = new Redis(here.redisUrl);
  await onRedis(redis, key);
  redis.disconnect();
}

describe('requests per minute', () => {
  it('are exactly as many as the limit says, over all processes', async () => {
    const id = await limited({ rpmLimit: 7 });
    provider.script = used(18);
    const before = provider.requests.length;
    const answers = await together(40, id);
    expect(statuses(answers)).toEqual([...times(7, 200), ...times(33, 429)]);
    expect(provider.requests.length - before).toBe(7);
    const refused = answers.filter(({ status }) => status === 429);
    for (const { body, headers } of refused) {
      expect(body.detail).toBe("The deployment's rpmLimit of 7 requests per minute is reached.");
      expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(60);
    }
  });

  it('begin anew in the next window', async () => {
    const id = await limited({ rpmLimit: 1 });
    provider.script = used(18);
    expect(statuses(await together(2, id))).toEqual([200, 429]);
    await store(
      id,
      (redis, key) => redis.pexpire(key, 1),
      'UPDATE rate_limits SET expire = 0 WHERE key = $1',
    );
    await expect.poll(async () => (await invoke(there, id)).status).toBe(200);
    expect((await invoke(here, id)).status).toBe(429);
  });

  it('hold for streamed answers, and for each deployment by itself', async () => {
    const id = await limited({ rpmLimit: 1 });
    const other = await limited({ rpmLimit: 1 });
    provider.script = sse([delta({ content: 'x' }, 'stop'), DONE]);
    expect((await invokeStreaming(here, id)).events.at(-1)).toMatchObject({ event: 'done' });
    expect((await invokeStreaming(there, id)).answer.status).toBe(429);
    expect((await invokeStreaming(there, other)).answer.status).toBe(200);
  });

  it('are refused when they cannot be counted', async () => {
    const id = await limited({ rpmLimit: 100 });
    await store(
      id,
      (redis, key) => redis.lpush(key, 'no number'),
      'ALTER TABLE rate_limits RENAME TO away',
    );
    const answer = await invoke(here, id);
    await store(id, (redis, key) => redis.del(key), 'ALTER TABLE away RENAME TO rate_limits');
    expect(answer.status).toBe(503);
    provider.script = used(18);
    expect((await invoke(here, id)).status).toBe(200);
  });
});

describe('tokens per minute', () => {
  const answerOf = (maxOutputTokens: number) => ({ ...HELLO, maxOutputTokens });

  it('are reserved before the call, so that many at once do not overrun the limit', async () => {
    const id = await limited({ tpmLimit: 2_000 });
    provider.script = used(998);
    const answers = await together(10, id, answerOf(998)); // and 2 for the prompt
    expect(statuses(answers)).toEqual([...times(2, 200), ...times(8, 429)]);
    expect(answers.find(({ status }) => status === 429)?.body.detail).toContain(
      'tpmLimit of 2000 tokens',
    );
  });

  it('are what was really used, as soon as that is known', async () => {
    const id = await limited({ tpmLimit: 1_000 });
    provider.script = used(10);
    for (let times = 0; times < 5; times++) {
      expect((await invoke(here, id, answerOf(900))).status).toBe(200);
      expect((await invoke(there, id, answerOf(900))).status).toBe(200);
    }
    provider.script = sse([
      delta({ content: 'x' }, 'stop'),
      { choices: [], usage: { prompt_tokens: 1, completion_tokens: 9 } },
      DONE,
    ]);
    for (let times = 0; times < 3; times++) {
      expect((await invokeStreaming(here, id, answerOf(800))).answer.status).toBe(200);
    }
    provider.script = used(5_000);
    expect((await invoke(there, id, answerOf(1))).status).toBe(200);
    expect((await invoke(here, id, answerOf(1))).status).toBe(429);
  });

  it('are given back when the provider refuses, and kept when it does not say', async () => {
    const id = await limited({ tpmLimit: 1_000 });
    provider.script = json({ error: {} }, 500);
    for (let times = 0; times < 3; times++) {
      expect((await invoke(here, id, answerOf(900))).status).toBe(502);
    }
    provider.script = used(null);
    expect((await invoke(there, id, answerOf(900))).status).toBe(200);
    expect((await invoke(there, id, answerOf(900))).status).toBe(429);
  });

  it('take nothing of the limits when they are refused', async () => {
    const id = await limited({ rpmLimit: 3, tpmLimit: 1_000 });
    provider.script = used(null);
    const tooMuch = await invoke(here, id, answerOf(1_000));
    expect(tooMuch.body).toMatchObject({
      status: 422,
      detail: expect.stringContaining("1002 tokens, more than the deployment's tpmLimit of 1000"),
    });
    expect((await invoke(here, id, answerOf(900))).status).toBe(200);
    const refused = await together(6, id, answerOf(900));
    expect(statuses(refused)).toEqual(times(6, 429));
    expect(statuses(await together(2, id, answerOf(20)))).toEqual([200, 200]);
    expect((await invoke(here, id, answerOf(20))).body.detail).toContain('rpmLimit');
  });
});

it('a call takes as long as PROVIDER_TIMEOUT_SECONDS where it does not say itself', async () => {
  const settings = { DATABASE_URL: here.databaseUrl, PROVIDER_TIMEOUT_SECONDS: '1' };
  const hasty = await TestService.start(settings);
  try {
    const id = await limited({});
    provider.script = { silent: true };
    const answer = await invoke(hasty, id);
    expect(answer.body).toMatchObject({ status: 504, category: 'TIMEOUT' });
    expect(answer.body.detail).toContain('1 s');
  } finally {
    await hasty.close();
  }
});
