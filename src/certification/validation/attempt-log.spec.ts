import { setImmediate as turn } from 'node:timers/promises';

import { beforeEach, expect, it } from 'vitest';

import { AttemptLog } from './attempt-log.js';
import type { Attempt } from './outcome.js';

let writes: { readonly probe: string; stored(): void; failed(error: Error): void }[];
let log: AttemptLog;

beforeEach(() => {
  writes = [];
  log = new AttemptLog(
    ({ probe }) =>
      new Promise((stored, failed) => {
        writes.push({ probe, stored, failed });
      }),
  );
});

function attempt(probe: string, asked: boolean): Attempt {
  const at = new Date();
  const exchanges = asked ? [ANSWERED] : [];
  return {
    ...{ probe, attempt: 1, verdict: 'PASS', reason: null, message: null, warnings: [] },
    ...{ metrics: null, exchanges, costUsd: 0, startedAt: at, completedAt: at },
  };
}

const ANSWERED: Attempt['exchanges'][number] = {
  ...{ label: 'question', streamed: false, asked: 'Hello', tools: [], faults: [], adapted: null },
  ...{ answered: true, text: 'Hello', toolCalls: [], stopReason: 'stop', usage: null },
  ...{ model: null, region: null, requestId: null, totalMs: 1, firstTokenMs: null, events: null },
  raw: null,
};

function probes(): string[] {
  return writes.map(({ probe }) => probe);
}

it('goes on while one attempt is stored, and waits before a second one that asked', async () => {
  await log.add(attempt('first', true));
  const second = log.add(attempt('second', true));
  await turn();
  expect(probes()).toEqual(['first']);
  writes[0]?.stored();
  await second;
  expect(probes()).toEqual(['first', 'second']);
});

it('keeps nobody waiting for attempts that asked nothing', async () => {
  await log.add(attempt('first', true));
  await log.add(attempt('skipped', false));
  await log.add(attempt('skipped too', false));
  expect(probes()).toEqual(['first', 'skipped', 'skipped too']);
});

it('is settled when all are stored', async () => {
  await log.add(attempt('first', true));
  await log.add(attempt('skipped', false));
  let settled = false;
  const settling = log.settled().then(() => (settled = true));
  writes[1]?.stored();
  await turn();
  expect(settled).toBe(false);
  writes[0]?.stored();
  await settling;
});

it('tells whoever comes next, and whoever settles, that one was not stored', async () => {
  await log.add(attempt('first', true));
  writes[0]?.failed(new Error('lost'));
  await turn();
  await expect(log.add(attempt('second', true))).rejects.toThrow('lost');
  await expect(log.settled()).rejects.toThrow('lost');
  expect(probes()).toEqual(['first']);
});
