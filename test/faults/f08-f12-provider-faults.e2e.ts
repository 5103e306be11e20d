import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { certificateOf } from '../support/certifying.js';
import { readJob, requestJob, type Run } from '../support/jobs.js';
import { obedient } from '../support/obedient-model.js';
import { isStreamed } from '../support/plain-model.js';
import { Rows } from '../support/rows.js';
import {
  completion,
  delta,
  json,
  ScriptedProvider,
  sse,
  type Script,
  type ScriptedAnswer,
} from '../support/scripted-provider.js';
import { TestService } from '../support/service.js';

/** A run that met faults which may pass waits to be tried again. */
const WITHOUT_VERDICT: Run['status'] = 'QUEUED';
/** Of one answer; long enough for one that is merely slow on a busy machine. */
const TIMEOUT_SECONDS = 3;
/** From a refusal to the date it names, which has no fractions of a second. */
const DATE_MS = 3_000;
const MOST_MS = 3_600_000;
const WITHIN = { timeout: 50_000, interval: 200 };

const kind = obedient(1);
/** Only streams meet the fault: the gate passes. */
const streamsMeet =
  (fault: ScriptedAnswer): Script =>
  (request) =>
    isStreamed(request.body) ? fault : kind(request);

const refusal = (status: number, headers: Record<string, string> = {}) =>
  json({ error: { message: 'Not now.', type: 'server_error' } }, status, headers);
const pieces = [delta({ role: 'assistant', content: '1 2 3' }), 20, delta({ content: ' 4' })];
const hour = { 'retry-after': '3600' };
const year = { 'retry-after': String(365 * 86_400) };
const untilThen: Script = () =>
  refusal(429, { 'retry-after': new Date(Date.now() + DATE_MS).toUTCString() });

/** A burst of two: the third try of a request is the last. */
const failsAtFirst: Script = (request, index) => (index < 3 ? refusal(503) : kind(request));

/** What the provider does; the category; how often each question is asked that meets the fault. */
const TRANSIENT: readonly (readonly [string, Script, Run['errorCategory'], number])[] = [
  ['accepts and never answers', { silent: true }, 'TIMEOUT', 3],
  ['answers with headers, then silence', { ending: 'hang' }, 'TIMEOUT', 3],
  ['streams something, then silence', streamsMeet(sse(pieces, { ending: 'hang' })), 'TIMEOUT', 3],
  ['cuts its answer', { body: ['{"id":'], ending: 'cut' }, 'NETWORK_ERROR', 3],
  ['cuts its streams', streamsMeet(sse(pieces, { ending: 'cut' })), 'NETWORK_ERROR', 3],
  ['throttles', refusal(429), 'RATE_LIMIT', 3],
  ['throttles for a second', refusal(429, { 'retry-after': '1' }), 'RATE_LIMIT', 3],
  ['throttles for an hour', refusal(429, hour), 'RATE_LIMIT', 1],
  ['throttles for a year', refusal(429, year), 'RATE_LIMIT', 1],
  ['throttles until a date', untilThen, 'RATE_LIMIT', 3],
  ['throttles for less than nothing', refusal(429, { 'retry-after': '-5' }), 'RATE_LIMIT', 3],
  ['throttles its streams', streamsMeet(refusal(429)), 'RATE_LIMIT', 3],
  ['fails', refusal(500), 'PROVIDER_ERROR', 3],
  ['is unavailable', refusal(503), 'PROVIDER_ERROR', 3],
  ['is unavailable for an hour', refusal(503, hour), 'PROVIDER_ERROR', 1],
];

/** Faults of the deployment itself: the run fails, after a second look. */
const LASTING: readonly (readonly [string, Script, Run['errorCategory']])[] = [
  ['answers broken JSON', json('{"choices": ['), 'PROTOCOL_ERROR'],
  [
    'answers with a web page',
    { headers: { 'content-type': 'text/html' }, body: ['<html><h1>Welcome</h1></html>'] },
    'PROTOCOL_ERROR',
  ],
  ['answers with null choices', json({ ...completion({}), choices: null }), 'PROTOCOL_ERROR'],
  ['refuses the key', refusal(401), 'AUTHENTICATION_ERROR'],
];

let catalogue: TestService;
let rows: Rows;
const providers: ScriptedProvider[] = [];
/** By what the provider does. */
const cases = new Map<string, { id: string; jobId: string; provider: ScriptedProvider }>();

/** All at once: most of the time is waiting. */
beforeAll(async () => {
  catalogue = await TestService.start({
    ...{ PROVIDER_TIMEOUT_SECONDS: String(TIMEOUT_SECONDS), CERTIFICATION_CONCURRENCY: '32' },
  });
  rows = new Rows(catalogue);
  const well = [['does well', kind] as const, ['fails at first', failsAtFirst] as const];
  for (const [what, script] of [...TRANSIENT, ...LASTING, ...well]) {
    const provider = await ScriptedProvider.start(script);
    providers.push(provider);
    const id = await rows.deployedAt(provider.url, 'faulty');
    await rows.certificate(id);
    cases.set(what, { id, jobId: await requestJob(catalogue, id, { force: true }), provider });
  }
});

afterAll(async () => {
  await catalogue.close();
  await Promise.all(providers.map((provider) => provider.close()));
});

function caseOf(what: string) {
  const found = cases.get(what);
  if (!found) throw new Error(`There is no provider that ${what}.`);
  return found;
}

/** The run, once it is over or waits for another attempt. */
async function settled(jobId: string): Promise<Run> {
  const read = () => readJob(catalogue, jobId);
  await expect
    .poll(async () => {
      const { completedAt, nextAttemptAt } = await read();
      return completedAt ?? nextAttemptAt;
    }, WITHIN)
    .not.toBeNull();
  return read();
}

/** How often each question was asked that was never answered; each number once. */
async function triesOf(runId: string): Promise<number[]> {
  const { rows: found } = await catalogue.database.query<{ tries: number }>(
    `SELECT DISTINCT jsonb_array_length(exchange->'faults') AS tries
       FROM certification_probe_results p, jsonb_array_elements(p.evidence) exchange
      WHERE p."runId" = $1 AND exchange->>'answered' = 'false'`,
    [runId],
  );
  return found.map(({ tries }) => tries);
}

describe('A provider that', { timeout: 60_000 }, () => {
  it.each(TRANSIENT)('%s refutes nothing', async (what, _, category, requests) => {
    const { id, jobId } = caseOf(what);
    const run = await settled(jobId);
    expect(run).toMatchObject({ status: WITHOUT_VERDICT, rating: null, errorCategory: category });
    // However long it asks for, it is asked again within an hour, give or take this test.
    expect(Date.parse(String(run.nextAttemptAt)) - Date.now()).toBeLessThan(MOST_MS + 60_000);
    expect(run.refuted).toEqual([]);
    expect(await triesOf(run.id)).toEqual([requests]);
    const certificate = await certificateOf(catalogue, id);
    expect(certificate).toMatchObject({ lastVerdict: 'CERTIFIED', expired: false, refuted: [] });
  });

  it.each(LASTING)('%s fails the run', async (what, _, category) => {
    const { id, jobId } = caseOf(what);
    const run = await settled(jobId);
    expect(run).toMatchObject({ status: 'FAILED', rating: 0, errorCategory: category });
    expect(await certificateOf(catalogue, id)).toMatchObject({
      lastVerdict: 'FAILED',
      passed: false,
    });
  });

  it('names a date is not asked before it', async () => {
    const { jobId, provider } = caseOf('throttles until a date');
    await settled(jobId);
    const [first, second] = provider.requests.filter(({ method }) => method === 'POST');
    expect(Number(second?.at) - Number(first?.at)).toBeGreaterThanOrEqual(DATE_MS - 1_000);
  });

  it('fails at first and then does well is not marked down', async () => {
    const run = await settled(caseOf('fails at first').jobId);
    expect(['CERTIFIED', 'QUALITY_WARNING'], String(run.errorMessage)).toContain(run.status);
    expect(run).toMatchObject({ refuted: [], errorCategory: null });
    expect(await triesOf(run.id)).toEqual([]);
  });

  it('does well is not held up by all of these', async () => {
    const { jobId } = caseOf('does well');
    const run = await settled(jobId);
    expect(['CERTIFIED', 'QUALITY_WARNING'], String(run.errorMessage)).toContain(run.status);
    expect(run.refuted).toEqual([]);
  });
});
