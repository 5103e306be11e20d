import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { ClaimLost, type Claim } from './claim.js';
import { Heartbeat, RunCancelled, type Work } from './heartbeat.js';

/** What the database holds of the claims. */
let held: (Claim & { readonly cancelled: boolean })[];
let heartbeat: Heartbeat;

beforeEach(() => {
  vi.useFakeTimers();
  heartbeat = new Heartbeat(
    { renew: () => Promise.resolve(held) },
    { onRequest: () => Promise.resolve() },
  );
});

afterEach(() => {
  vi.useRealTimers();
});

function started(runId: string, fence: number): Work {
  const work = { claim: { runId, fence }, controller: new AbortController() };
  heartbeat.start(work);
  return work;
}

describe('A beat', () => {
  it('stops the work whose claim is lost or whose run is cancelled, and no other', async () => {
    const [kept, lost, cancelled] = [started('a', 1), started('b', 1), started('c', 1)];
    held = [
      { ...kept.claim, cancelled: false },
      { ...cancelled.claim, cancelled: true },
    ];
    await vi.advanceTimersByTimeAsync(1_000);
    expect(kept.controller.signal.aborted).toBe(false);
    expect(lost.controller.signal.reason).toBeInstanceOf(ClaimLost);
    expect(cancelled.controller.signal.reason).toBeInstanceOf(RunCancelled);
  });

  it('stops the work under an older claim when its own process took the run again', async () => {
    const [older, newer] = [started('a', 1), started('a', 2)];
    held = [{ ...newer.claim, cancelled: false }];
    await vi.advanceTimersByTimeAsync(1_000);
    expect(older.controller.signal.reason).toBeInstanceOf(ClaimLost);
    expect(newer.controller.signal.aborted).toBe(false);
  });
});
