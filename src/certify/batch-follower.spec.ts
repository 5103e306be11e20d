import { afterEach, describe, expect, it } from 'vitest';

import {
  json,
  ScriptedProvider,
  sse,
  type RecordedRequest,
  type ScriptedAnswer,
} from '../../test/support/scripted-provider.js';
import { BatchFollower } from './batch-follower.js';
import { CatalogueClient } from './catalogue-client.js';

const EVENTS = /\/events$/;
const RUN = { runId: 'r1', status: 'PROCESSING', rating: null, badge: null, errorMessage: null };
const DONE = event('done', { progress: 1, finished: true, costUsd: 0.5 });
const BATCH = { progress: 0.25, finished: false, costUsd: 0, runs: [] };

let server: ScriptedProvider | undefined;

afterEach(async () => {
  await server?.close();
});

function event(name: string, data: object, id?: string): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** Follows a batch at a server that answers so; tells what was heard, in order. */
async function follow(
  answer: (request: RecordedRequest, asked: number) => ScriptedAnswer,
  { awayMs, signal = new AbortController().signal }: { awayMs?: number; signal?: AbortSignal } = {},
): Promise<string[]> {
  let streams = 0;
  server = await ScriptedProvider.start((request) =>
    answer(request, EVENTS.test(request.path) ? streams++ : streams - 1),
  );
  const heard: string[] = [];
  const client = new CatalogueClient(new URL(server.url).origin, 'key');
  const listener = {
    run: ({ runId, status }: { runId: string; status: string }) => heard.push(`${runId} ${status}`),
    progress: ({ progress }: { progress: number }) => heard.push(`${100 * progress} %`),
    notice: (sentence: string) => heard.push(sentence),
  };
  await new BatchFollower(client, 'b1', listener, awayMs).follow(signal);
  return heard;
}

const isStream = ({ path }: RecordedRequest) => EVENTS.test(path);
const streamsOf = () => server?.requests.filter(isStream) ?? [];

describe('Following a batch', () => {
  it('takes its events to the end', async () => {
    const events = [
      event('run', RUN, '1'),
      event('progress', BATCH),
      ':\n\n',
      DONE,
      event('run', RUN),
    ];
    expect(await follow(() => sse(events))).toEqual(['r1 PROCESSING', '25 %', '100 %']);
    expect(server?.requests).toHaveLength(1);
  });

  it('goes on after the last event seen, and tells no state twice', async () => {
    const ended = { ...RUN, status: 'CERTIFIED' };
    const heard = await follow((request, stream) => {
      if (!isStream(request)) return json(BATCH);
      return stream === 0
        ? sse([event('run', RUN, 'first')], { ending: 'cut' })
        : sse([event('run', RUN, 'first'), event('run', ended, 'second'), DONE]);
    });
    expect(heard).toEqual(['r1 PROCESSING', '25 %', 'r1 CERTIFIED', '100 %']);
    const seen = streamsOf().map(({ headers }) => headers['last-event-id']);
    expect(seen).toEqual([undefined, 'first']);
  });

  it('tells of a run that waits for another attempt', async () => {
    const again = { ...RUN, status: 'QUEUED', nextAttemptAt: '2026-01-01T00:00:00.000Z' };
    const events = [{ ...RUN, status: 'QUEUED' }, RUN, again].map((run) => event('run', run));
    const heard = await follow(() => sse([...events, DONE]));
    expect(heard).toEqual(['r1 QUEUED', 'r1 PROCESSING', 'r1 QUEUED', '100 %']);
  });

  it.each([
    ['are refused', json({ detail: 'None here.' }, 406)],
    ['are a page', { headers: { 'content-type': 'text/html' }, body: ['<html>'] }],
    ['end at once', sse([])],
  ])('reads it in the ordinary way where the events %s', async (_, answer) => {
    const run = { ...RUN, id: 'r1', status: 'FAILED' };
    const heard = await follow((request, stream) => {
      if (isStream(request)) return answer;
      return json(stream === 0 ? BATCH : { ...BATCH, finished: true, progress: 1, runs: [run] });
    });
    expect(heard).toEqual(['25 %', 'r1 FAILED', '100 %']);
  });

  it('says that the server is away, and that it is back', async () => {
    const heard = await follow((_, stream) => (stream < 2 ? json('gone', 503) : sse([DONE])));
    expect(heard).toEqual([
      expect.stringContaining('is away'),
      'The catalogue answers again.',
      '100 %',
    ]);
  });

  it('gives up when the server is away for too long', async () => {
    const following = follow(() => json('gone', 502), { awayMs: 500 });
    await expect(following).rejects.toThrow(/has not answered for \d+ s/);
  });

  it('gives up at once what is refused for good', async () => {
    const following = follow(() => json({ detail: 'There is no batch.' }, 404));
    await expect(following).rejects.toThrow('There is no batch.');
    expect(server?.requests).toHaveLength(2);
  });

  it('ends with its signal while it waits for events', async () => {
    const signal = AbortSignal.timeout(300);
    const following = follow(() => sse([':\n\n'], { ending: 'hang' }), { signal });
    await expect(following).rejects.toThrow(expect.objectContaining({ name: 'TimeoutError' }));
  });
});
