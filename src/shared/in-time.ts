import { setTimeout as sleep } from 'node:timers/promises';

/** What the work comes to, or null when it takes longer; it is not stopped then. */
export async function inTime<T>(work: Promise<T>, milliseconds: number): Promise<T | null> {
  const timer = new AbortController();
  const late = sleep(milliseconds, null, { signal: timer.signal }).catch(() => null);
  try {
    return await Promise.race([work, late]);
  } finally {
    timer.abort();
  }
}
