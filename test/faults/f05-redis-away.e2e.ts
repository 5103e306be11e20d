import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { jobBecomes } from '../support/jobs.js';
import { plainAnswer } from '../support/plain-model.js';
import { Rows } from '../support/rows.js';
import { ScriptedProvider } from '../support/scripted-provider.js';
import { newRedis, TestService } from '../support/service.js';
import { TcpProxy } from '../support/tcp-proxy.js';

describe.skipIf(!inject('redisUrl'))('While Redis is away', () => {
  let catalogue: TestService;
  let redis: TcpProxy;
  let rows: Rows;
  let provider: ScriptedProvider;

  beforeAll(async () => {
    redis = await TcpProxy.before(String(await newRedis()));
    catalogue = await TestService.start({ REDIS_URL: redis.url });
    rows = new Rows(catalogue);
    provider = await ScriptedProvider.start((request) => plainAnswer(request));
  }, 120_000);

  afterAll(async () => {
    await catalogue.close();
    await Promise.all([redis.close(), provider.close()]);
  });

  it.each(['silence', 'cut'] as const)(
    'a request is accepted within a second, and carried out later (%s)',
    async (fault) => {
      const deploymentId = await rows.deployedAt(provider.url, fault);
      redis[fault]();
      const start = performance.now();
      const body = { deploymentId, profile: 'smoke' };
      const answer = await catalogue.call('POST', '/api/certification-queue', body);
      expect(performance.now() - start).toBeLessThan(1_000);
      expect(answer.status, answer.text).toBe(202);
      const [accepted] = JSON.parse(answer.text).certifications as { jobId: string }[];
      redis.restore();
      await jobBecomes(catalogue, String(accepted?.jobId), { status: 'QUALITY_WARNING' }, 40_000);
    },
    60_000,
  );
});
