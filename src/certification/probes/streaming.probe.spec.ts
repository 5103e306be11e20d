import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { nonceIn } from '../../../test/support/probe-cases.js';
import { ProbeHarness } from '../../../test/support/probe-harness.js';
import { delta, DONE, json, sse, type Script } from '../../../test/support/scripted-provider.js';
import { streaming } from './streaming.probe.js';

let harness: ProbeHarness;

beforeAll(async () => {
  harness = await ProbeHarness.start();
});

afterAll(() => harness.close());

type Event = object | string | number;

/** Streams a right answer, each piece changed; numbers pause between them. */
function streamed(change: (piece: object, index: number) => object = (piece) => piece): Script {
  return ({ body }) => {
    const words = Array.from({ length: 40 }, (_, index) => `${index + 1} `);
    const pieces = [...words, nonceIn(body)].map((content) => ({ content }));
    const events = pieces.flatMap((piece, index): Event[] => [delta(change(piece, index)), 2]);
    return sse([...events, delta({}, 'stop'), DONE]);
  };
}

describe('streaming', () => {
  it('passes an honest stream at once', async () => {
    const first = streamed((piece, index) =>
      index === 0 ? { role: 'assistant', ...piece } : piece,
    );
    expect(await harness.run(streaming, first)).toMatchObject({ verdict: 'PASS', warnings: [] });
  });

  it('notes a role that is repeated in each event, as routers do', async () => {
    const repeated = streamed((piece) => ({ role: 'assistant', ...piece }));
    expect(await harness.run(streaming, repeated)).toMatchObject({
      ...{ verdict: 'PASS_WITH_WARNING', warnings: ['ROLE_REPEATED'] },
    });
  });

  it.each<[string, Script]>([
    [
      'TOO_FEW_DELTAS',
      ({ body }) => sse([delta({ content: `39 40 ${nonceIn(body)}` }), delta({}, 'stop'), DONE]),
    ],
    [
      'WRONG_ANSWER',
      () =>
        sse(
          ['1', '2', '3'].flatMap((content) => [delta({ content }), 2]).concat(delta({}, 'stop')),
        ),
    ],
    ['STREAM_INCOMPLETE', () => sse([delta({ content: '1 ' }), 2, delta({ content: '2 ' })])],
  ])('catches %s', async (reason, script) => {
    expect(await harness.run(streaming, script)).toMatchObject({
      ...{ verdict: 'FAIL_BEHAVIOUR', reason },
      category: reason === 'STREAM_INCOMPLETE' ? 'PROTOCOL_ERROR' : 'QUALITY_ISSUE',
    });
  });

  it('is not judged by a page of a portal', async () => {
    const page = json('<html>Welcome.</html>', 200, { 'content-type': 'text/html' });
    expect(await harness.run(streaming, page)).toMatchObject({ category: 'PROTOCOL_ERROR' });
  });
});
