import { setTimeout as sleep } from 'node:timers/promises';

import { mayPass } from './prisma-errors.js';

const PATIENCE_MS = 30_000;
const PAUSE_MS = 500;

/** Repeats a write until the database is back, or what it needs is free; gives up after half a minute. */
export async function retryWhileDatabaseIsAway<T>(write: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (!mayPass(error) || performance.now() > deadline) throw error;
      await sleep(PAUSE_MS);
    }
  }
}
