import { getEventListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Bench } from '../../test/support/conformance/bench.js';
import { VOICES } from '../../test/support/conformance/index.js';

const CALLS = 2_000;
const AT_ONCE = 64;
/** A connection is free again a moment after the last event of its stream, not with it. */
const MOST_CONNECTIONS = 2 * AT_ONCE;

/** What keeps this process alive, counted. */
function alive(kind: 'Timeout' | 'TCPSocketWrap'): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === kind).length;
}

it.each(VOICES.map((voice) => [voice.name, voice] as const))(
  '2,000 streamed calls of %s leave no socket, timer or listener behind',
  { timeout: 60_000 },
  async (_, voice) => {
    const before = { timers: alive('Timeout'), sockets: alive('TCPSocketWrap') };
    const bench = await Bench.start(voice);
    const { signal } = new AbortController();
    const script = bench.says('streamed', { text: 'one two three' });
    let left = CALLS;
    const lane = async () => {
      while (left-- > 0) {
        const { text } = await bench.ask('streamed', script, { signal });
        if (text !== 'one two three') throw new Error(`Another text came: ${text}`);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    expect(bench.provider.connections).toBeLessThanOrEqual(MOST_CONNECTIONS);
    await bench.close();
    await sleep(200); // sockets close a little after they were told to
    expect(alive('TCPSocketWrap')).toBeLessThanOrEqual(before.sockets);
    expect(alive('Timeout')).toBeLessThanOrEqual(before.timers);
  },
);
