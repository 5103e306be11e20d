import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import type { components } from '../docs/api/openapi.js';
import { accessTokenOf, addAccount } from './support/accounts.js';
import { cancelJob, jobBecomes, readJob, setPaused } from './support/jobs.js';
import { plainAnswer } from './support/plain-model.js';
import { Rows } from './support/rows.js';
import { ScriptedProvider } from './support/scripted-provider.js';
import { SEALING, TestService } from './support/service.js';

type Accepted = components['schemas']['AcceptedDto'];

let catalogue: TestService;
let rows: Rows;
let plain: ScriptedProvider;
let silent: ScriptedProvider;

beforeAll(async () => {
  plain = await ScriptedProvider.start((request) => plainAnswer(request));
  silent = await ScriptedProvider.start({ silent: true }); // keeps runs under way
  catalogue = await TestService.start({
    CERTIFICATION_CONCURRENCY: '1',
    ...SEALING,
  });
  rows = new Rows(catalogue);
});

afterAll(async () => {
  await catalogue.close();
  await silent.close();
  await plain.close();
});

function post(body: object, key?: string) {
  return catalogue.call('POST', '/api/certification-queue', body, key);
}

async function accepted(body: object, key?: string): Promise<Accepted> {
  const answer = await post(body, key);
  expect(answer.status, answer.text).toBe(202);
  return JSON.parse(answer.text);
}

/** The one run that a request is answered with. */
async function only(body: object, key?: string) {
  const { certifications } = await accepted(body, key);
  const [run] = certifications;
  if (!run || certifications.length > 1) throw new Error('Not one run.');
  return run;
}

async function cancel({ jobId }: { jobId: string | null }): Promise<void> {
  expect((await cancelJob(catalogue, String(jobId))).status).toBe(202);
}

async function batchesOf(runId: string): Promise<number> {
  const found = await catalogue.database.query(
    'SELECT FROM certification_batch_runs WHERE "runId" = $1',
    [runId],
  );
  return found.rowCount ?? 0;
}

describe('A run that nobody has taken up yet', () => {
  beforeEach(async () => {
    await setPaused(catalogue, true);
    return () => setPaused(catalogue, false);
  });

  it('is raised to what both requests want', async () => {
    const deploymentId = await rows.deployedAt(plain.url, 'raised');
    const first = await only({ deploymentId, profile: 'smoke', maxCostUsd: 1 });
    expect(first).toMatchObject({ profile: 'smoke', discover: false, maxCostUsd: 1 });
    expect(first).toMatchObject({ joined: false, covered: true });
    const { runId } = first;
    const deep = await only({ deploymentId, profile: 'deep', discover: true, priority: 'high' });
    const raised = { runId, profile: 'deep', discover: true, maxCostUsd: 1 };
    expect(deep).toMatchObject({ ...raised, joined: true, covered: true });
    const cheap = await only({
      deploymentId,
      profile: 'smoke',
      maxCostUsd: 0.001,
      priority: 'low',
    });
    expect(cheap).toMatchObject({ ...raised, maxCostUsd: 0.001, joined: true, covered: true });
    const job = await readJob(catalogue, String(first.jobId));
    expect(job).toMatchObject({ profile: 'deep', maxCostUsd: 0.001, priority: 'high' });
    await cancel(first);
  });

  it('comes as early as the most urgent request wants', async () => {
    const [first, second] = [
      await rows.deployedAt(plain.url, 'first'),
      await rows.deployedAt(plain.url, 'second'),
    ];
    const before = await only({ deploymentId: first, profile: 'smoke' });
    const after = await only({ deploymentId: second, profile: 'smoke', priority: 'low' });
    await only({ deploymentId: second, profile: 'smoke', priority: 'high' });
    await setPaused(catalogue, false);
    const ended = { status: 'QUALITY_WARNING' } as const;
    const earlier = await jobBecomes(catalogue, String(after.jobId), ended);
    const later = await jobBecomes(catalogue, String(before.jobId), ended);
    expect(Date.parse(String(earlier.startedAt))).toBeLessThan(Date.parse(String(later.startedAt)));
  });

  it('does what all of many simultaneous requests want', async () => {
    const ids: string[] = [];
    for (let index = 0; index < 6; index += 1) {
      ids.push(await rows.deployedAt(plain.url, `both-${index}`));
    }
    const wishes = [{ profile: 'smoke' }, { profile: 'deep' }, { discover: true, maxCostUsd: 0.5 }];
    const all = await Promise.all(
      Array.from({ length: 12 }, (_, index) => {
        const deploymentIds = index % 2 === 0 ? ids : ids.toReversed();
        return accepted({ deploymentIds, priority: 'high', ...wishes[index % 3] });
      }),
    );
    const answers = all.flatMap(({ certifications }) => certifications);
    expect(answers.filter(({ covered }) => !covered)).toEqual([]);
    expect(answers.filter(({ joined }) => !joined)).toHaveLength(ids.length);
    expect(new Set(answers.map(({ runId }) => runId)).size).toBe(ids.length);
    const { certifications } = await accepted({ deploymentIds: ids, profile: 'smoke' });
    const raised = { profile: 'deep', discover: true, maxCostUsd: 0.5 };
    expect(certifications).toMatchObject(ids.map(() => raised));
    await Promise.all(certifications.map(cancel));
  });

  it('of a user is not raised by others, as it may call with keys of that user', async () => {
    const { email } = await addAccount(catalogue, 'ann');
    const ann = await accessTokenOf(catalogue, email);
    const deploymentId = await rows.deployedAt(plain.url, 'of-ann');
    const first = await only({ deploymentId, profile: 'smoke' }, ann);
    const { runId } = first;
    expect((await post({ deploymentId, profile: 'deep' })).status).toBe(409);
    expect(await only({ deploymentId, profile: 'smoke' })).toMatchObject({ runId, covered: true });
    const own = await only({ deploymentId, profile: 'standard' }, ann);
    expect(own).toMatchObject({ runId, profile: 'standard', covered: true });
    await cancel(first);
  });
});

describe('A run that has begun', () => {
  it.each([
    { profile: 'deep' },
    { profile: 'standard', discover: true },
    { profile: 'standard', maxCostUsd: 0.001 },
  ])('is no answer to %j', async (wish) => {
    const deploymentId = await rows.deployedAt(silent.url, 'begun');
    const first = await only({ deploymentId });
    const { runId } = first;
    await jobBecomes(catalogue, String(first.jobId), { status: 'PROCESSING' });

    const refused = await post({ deploymentId, force: true, ...wish });
    expect(refused.status, refused.text).toBe(409);
    expect(refused.body.detail).toContain(runId);
    expect(await batchesOf(runId)).toBe(1);

    const told = await only({ deploymentIds: [deploymentId], ...wish });
    const asBefore = { profile: 'standard', discover: false, maxCostUsd: null };
    expect(told).toMatchObject({ runId, joined: true, covered: false, ...asBefore });
    const less = await only({ deploymentId, profile: 'smoke' });
    expect(less).toMatchObject({ runId, joined: true, covered: true, ...asBefore });
    await cancel(first);
  });
});
