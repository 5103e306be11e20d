import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { Chore } from './chore.js';

const INTERVAL_MS = 1_000;
const work = vi.fn<() => Promise<void>>();
const warn = vi.spyOn(Logger.prototype, 'warn');
let chore: Chore;

beforeEach(() => {
  vi.useFakeTimers();
  work.mockReset().mockResolvedValue(undefined);
  warn.mockReset();
  chore = new Chore('Keeper', 'Could not keep', INTERVAL_MS, work);
});

afterEach(() => {
  chore.stop();
  vi.useRealTimers();
});

it('is done at the start and at every interval, until it is stopped', async () => {
  chore.start();
  expect(work).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(2 * INTERVAL_MS);
  expect(work).toHaveBeenCalledTimes(3);
  chore.stop();
  await vi.advanceTimersByTimeAsync(2 * INTERVAL_MS);
  expect(work).toHaveBeenCalledTimes(3);
});

it('is not done twice at a time, and idle once that is over', async () => {
  let finish = () => {};
  work.mockReturnValueOnce(new Promise((resolve) => (finish = resolve)));
  chore.start();
  await vi.advanceTimersByTimeAsync(3 * INTERVAL_MS);
  expect(work).toHaveBeenCalledTimes(1);
  const idle = vi.fn();
  void chore.idle().then(idle);
  await vi.advanceTimersByTimeAsync(0);
  expect(idle).not.toHaveBeenCalled();
  finish();
  await vi.advanceTimersByTimeAsync(0);
  expect(idle).toHaveBeenCalled();
});

it('that fails is told and done again', async () => {
  work.mockRejectedValueOnce(new Error('away'));
  chore.start();
  await vi.advanceTimersByTimeAsync(INTERVAL_MS);
  expect(warn.mock.calls).toEqual([['Could not keep: Error: away']]);
  expect(work).toHaveBeenCalledTimes(2);
});
