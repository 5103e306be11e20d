import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { seldom } from './seldom.js';

beforeEach(() => vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => vi.useRealTimers());

it('says each message once in a minute', () => {
  const say = vi.fn<(message: string) => void>();
  const listen = seldom(say);
  const told = (message: string) => listen(new Error(message));
  for (const message of ['refused', 'refused', 'closed', 'refused']) told(message);
  expect(say.mock.calls.flat()).toEqual(['refused', 'closed']);
  vi.advanceTimersByTime(59_999);
  told('closed');
  expect(say).toHaveBeenCalledTimes(2);
  vi.advanceTimersByTime(1);
  told('closed');
  told('closed');
  expect(say.mock.calls.flat()).toEqual(['refused', 'closed', 'closed']);
});
