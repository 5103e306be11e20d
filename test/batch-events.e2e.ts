import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { PROBES } from '../src/certification/probes/index.js';
import { SIMULATED, startSimulator, type Simulator } from '../src/embedded/simulator/simulator.js';
import { ChildService } from './support/child-service.js';
import { Rows } from './support/rows.js';
import { UNKNOWN } from './support/samples.js';
import { json, ScriptedProvider } from './support/scripted-provider.js';
import { ADMIN_KEY, dataOf, TestService } from './support/service.js';

interface Event {
  readonly id: string | null;
  readonly event: string;
  readonly data: Record<string, unknown>;
}

let catalogue: TestService;
let rows: Rows;
let simulator: Simulator;

beforeAll(async () => {
  simulator = await startSimulator();
  catalogue = await TestService.start();
  rows = new Rows(catalogue);
});

afterAll(async () => {
  await catalogue.close();
  await simulator.stop();
});

async function batchFor(deploymentId: string, baseUrl = simulator.baseUrl): Promise<string> {
  const body = { deploymentId: await rows.deployedAt(baseUrl, deploymentId) };
  return (await dataOf(catalogue.api.POST('/api/certification-queue', { body }))).batchId;
}

function open(batchId: string, lastEventId?: string, signal?: AbortSignal): Promise<Response> {
  return fetch(`${catalogue.url}/api/certification-queue/batches/${batchId}/events`, {
    headers: {
      authorization: `Bearer ${ADMIN_KEY}`,
      ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
    },
    signal: signal ?? null,
  });
}

function parse(text: string): Event[] {
  return text
    .split('\n\n')
    .filter((block) => block.includes('data:'))
    .map((block) => {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? null;
      return {
        id: field('id'),
        event: String(field('event')),
        data: { ...Object(JSON.parse(String(field('data')))) },
      };
    });
}

describe('The events of a batch', () => {
  it('tell each attempt and state, how far it is, and the end', async () => {
    const batchId = await batchFor(SIMULATED.honest);
    const response = await open(batchId);
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const events = parse(await response.text());
    const named = (name: string) => events.filter(({ event }) => event === name);
    expect(new Set(named('probe').map(({ data }) => data.probe)).size).toBe(PROBES.length);
    expect(named('run').at(-1)?.data).toMatchObject({ status: 'CERTIFIED', badge: 'PREMIUM' });
    const shares = named('progress').map(({ data }) => Number(data.progress));
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(events.at(-1)).toMatchObject({
      event: 'done',
      data: { finished: true, progress: 1, counts: { CERTIFIED: 1 } },
    });
  });

  it('go on where a client left, at a batch that is over, too', async () => {
    const batchId = await batchFor(SIMULATED.lying);
    const all = parse(await (await open(batchId)).text());
    const seen = all.findIndex(({ id }) => id !== null);
    const rest = parse(await (await open(batchId, String(all[seen]?.id))).text());
    const probesIn = (events: Event[]) =>
      events
        .filter(({ event }) => event === 'probe')
        .map(({ data }) => `${String(data.probe)} ${String(data.attempt)}`)
        .toSorted();
    expect(probesIn(rest)).toEqual(probesIn(all.slice(seen + 1)));
    expect(rest.at(-1)).toMatchObject({ event: 'done', data: { counts: { FAILED: 1 } } });
  });

  it('miss nothing that is committed late, whatever time it bears', async () => {
    const batchId = await batchFor(SIMULATED.honest);
    const all = parse(await (await open(batchId)).text());
    const writer = await catalogue.database.connect();
    await writer.query('BEGIN');
    // A long transaction copies an attempt of the past, and touches its run, as a slow worker would.
    await writer.query(
      `INSERT INTO certification_probe_results
         (id, "runId", probe, attempt, verdict, evidence, "startedAt", "completedAt")
       SELECT gen_random_uuid(), p."runId", p.probe, 99, p.verdict, p.evidence, p."startedAt",
              p."completedAt" - interval '1 hour'
         FROM certification_probe_results p
         JOIN certification_batch_runs b ON b."runId" = p."runId" AND b."batchId" = $1
        WHERE p.probe = 'basicChat'`,
      [batchId],
    );
    await writer.query(
      `UPDATE certification_runs SET fence = fence
        WHERE id IN (SELECT "runId" FROM certification_batch_runs WHERE "batchId" = $1)`,
      [batchId],
    );
    const seen = all.findLast(({ id }) => id !== null)?.id;
    const before = parse(await (await open(batchId, String(seen))).text());
    expect(before.filter(({ event }) => event === 'probe')).toEqual([]);
    await writer.query('COMMIT');
    writer.release();
    const after = parse(await (await open(batchId, String(seen))).text());
    expect(after.filter(({ event }) => event === 'probe')).toMatchObject([
      { data: { probe: 'basicChat', attempt: 99 } },
    ]);
  });

  it('tell when a run is tried again, of which nothing is done while it waits', async () => {
    const throttled = await ScriptedProvider.start(json({}, 429, { 'retry-after': '90' }));
    const batchId = await batchFor('throttled-1', throttled.url);
    const gone = new AbortController();
    const response = await open(batchId, undefined, gone.signal);
    let text = '';
    for await (const bytes of response.body ?? []) {
      text += Buffer.from(bytes).toString();
      if (text.includes('"nextAttemptAt":"') && text.endsWith('\n\n')) break;
    }
    const runs = parse(text).filter(({ event }) => event === 'run');
    expect(runs.at(-1)?.data).toMatchObject({ status: 'QUEUED' });
    const params = { path: { id: batchId } };
    const batch = await dataOf(
      catalogue.api.GET('/api/certification-queue/batches/{id}', { params }),
    );
    expect(batch).toMatchObject({ progress: 0, finished: false, runs: [{ probesDone: 0 }] });
    gone.abort();
    await throttled.close();
  });

  it('end when the process closes, which does not wait for their readers', async () => {
    const silent = await ScriptedProvider.start({ silent: true });
    const batchId = await batchFor('silent-2', silent.url);
    const child = await ChildService.start(catalogue);
    const response = await fetch(`${child.url}/api/certification-queue/batches/${batchId}/events`, {
      headers: { authorization: `Bearer ${ADMIN_KEY}` },
    });
    const text = response.text();
    const closing = performance.now();
    await child.close();
    expect(performance.now() - closing).toBeLessThan(5_000);
    expect(parse(await text).map(({ event }) => event)).not.toContain('done');
    await silent.close();
  });

  it('stop when the client goes away', async () => {
    const silent = await ScriptedProvider.start({ silent: true });
    const batchId = await batchFor('silent-1', silent.url);
    const gone = new AbortController();
    const response = await open(batchId, undefined, gone.signal);
    const reader = response.body?.getReader();
    expect(new TextDecoder().decode((await reader?.read())?.value)).toContain('event:');
    gone.abort();
    await silent.close();
  });

  it.each([
    [UNKNOWN, undefined, 404],
    ['x', undefined, 400],
  ])('of batch %s are refused', async (id, lastEventId, status) => {
    expect((await open(id, lastEventId)).status).toBe(status);
  });

  it.each(['yesterday', '0:1:', '5:4:', '5:9:4', '5:9:7,6', '5:9:9', `1:${'9'.repeat(19)}:`])(
    'are refused for %s, an id of another stream',
    async (lastEventId) => {
      const batchId = await batchFor(SIMULATED.honest);
      const response = await open(batchId, lastEventId);
      expect(response.status).toBe(400);
      expect(await response.text()).toContain('/Last-Event-ID');
    },
  );
});
