import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { ChildService } from './support/child-service.js';
import { cancelJob, jobBecomes, requestJob } from './support/jobs.js';
import { isStreamed, plainAnswer } from './support/plain-model.js';
import { Rows } from './support/rows.js';
import { delta, ScriptedProvider, sse } from './support/scripted-provider.js';
import { dataOf, TestService } from './support/service.js';

/** Accepts and shows; another process works. */
let api: TestService;
let worker: ChildService;
let rows: Rows;
let provider: ScriptedProvider;

beforeAll(async () => {
  api = await TestService.start({ ROLE: 'api' });
  worker = await ChildService.start(api, { ROLE: 'worker' });
  rows = new Rows(api);
}, 120_000);

afterAll(async () => {
  await worker.close();
  await api.close();
});

beforeEach(async () => {
  provider = await ScriptedProvider.start({ silent: true });
});

afterEach(() => provider.close());

/** Everything of a run that a late write could change. */
async function stored(jobId: string): Promise<unknown> {
  const { rows: found } = await api.database.query(
    `SELECT r.status, r."updatedAt", r."costUsd", count(p.id)::int AS results, c.status AS shown,
            c."updatedAt" AS "shownAt"
       FROM certification_runs r JOIN model_certifications c ON c.id = r."certificationId"
       LEFT JOIN certification_probe_results p ON p."runId" = r.id
      WHERE r."jobId" = $1 GROUP BY r.id, c.id`,
    [jobId],
  );
  return found[0];
}

describe('A run under way in another process', () => {
  it('ends within two seconds in the middle of a stream, and writes nothing after that', async () => {
    const endless = sse([delta({ content: '1 2 3 ' })], { ending: 'hang' });
    provider.script = (request) => (isStreamed(request.body) ? endless : plainAnswer(request));
    const jobId = await requestJob(api, await rows.deployedAt(provider.url, 'endless'));
    await expect
      .poll(() => isStreamed(provider.requests.at(-1)?.body), { timeout: 20_000 })
      .toBe(true);
    await sleep(200); // for the first piece to come, which nobody tells
    const start = performance.now();
    const { status, body } = await cancelJob(api, jobId);
    expect(status).toBe(202);
    // The worker may have ended it before the answer was read.
    expect(['PROCESSING', 'CANCELLED']).toContain(body.status);
    expect((await provider.lastRequest.closed) - start).toBeLessThan(2_000);
    await jobBecomes(api, jobId, { status: 'CANCELLED' }, 2_000);
    const before = await stored(jobId);
    expect(before).toMatchObject({ results: 2, shown: 'CANCELLED' });
    const asked = provider.requests.length;
    await sleep(1_500); // for what might still be written
    expect(await stored(jobId)).toEqual(before);
    expect(provider.requests).toHaveLength(asked);
  });

  it('that is to be cancelled is joined by nobody: a request gets a run of its own', async () => {
    const deploymentId = await rows.deployedAt(provider.url, 'stopping');
    const first = await requestJob(api, deploymentId);
    await jobBecomes(api, first, { status: 'PROCESSING' });
    // As seen by a worker that does not answer.
    await api.database.query(
      `UPDATE certification_runs
          SET "cancelRequestedAt" = now(), fence = fence + 1, "leaseUntil" = now() + interval '1 h'
        WHERE "jobId" = $1`,
      [first],
    );
    provider.script = (request) => plainAnswer(request);
    const { certifications } = await dataOf(
      api.api.POST('/api/certification-queue', { body: { deploymentId, profile: 'smoke' } }),
    );
    expect(certifications).toMatchObject([{ joined: false, cached: false }]);
    const second = String(certifications[0]?.jobId);
    await jobBecomes(api, second, { status: 'QUALITY_WARNING' });
    await jobBecomes(api, first, { status: 'PROCESSING' });
    // Whoever takes up the first one ends it, and leaves the certificate to the second.
    await api.database.query(
      `UPDATE certification_runs SET "leaseUntil" = now() - interval '1 s' WHERE "jobId" = $1`,
      [first],
    );
    const asked = provider.requests.length;
    await jobBecomes(api, first, { status: 'CANCELLED' });
    expect(provider.requests).toHaveLength(asked);
    expect(await stored(second)).toMatchObject({ shown: 'QUALITY_WARNING' });
  });

  it('may be asked for and cancelled by many at once', async () => {
    const deploymentId = await rows.deployedAt(provider.url, 'wanted');
    let jobId = await requestJob(api, deploymentId);
    for (let round = 0; round < 8; round++) {
      await jobBecomes(api, jobId, { status: 'PROCESSING' });
      const body = { deploymentId, profile: 'smoke' };
      const ask = () => api.call('POST', '/api/certification-queue', body);
      const [cancelled, ...asked] = await Promise.all([cancelJob(api, jobId), ask(), ask(), ask()]);
      expect([202, 409]).toContain(cancelled.status);
      expect(asked.map(({ status }) => status)).toEqual([202, 202, 202]);
      await jobBecomes(api, jobId, { status: 'CANCELLED' });
      jobId = await requestJob(api, deploymentId);
    }
    await cancelJob(api, jobId);
    await jobBecomes(api, jobId, { status: 'CANCELLED' });
  });
});
