import { EventEmitter2, EventEmitterReadinessWatcher } from '@nestjs/event-emitter';
import { Logger } from '@nestjs/common';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { CertificationFinishedEvent, type FinishedRun } from '../certification-finished.event.js';
import { CertificationNews } from './certification-news.js';

const RUN: FinishedRun = {
  runId: 'run-1',
  deploymentId: 'deployment-1',
  providerId: 'provider-1',
  baseModelId: 'model-1',
  region: 'global',
  status: 'CERTIFIED',
  passed: true,
  errorCategory: null,
  rating: 4.5,
  avgLatencyMs: 120,
  costUsd: 0.01,
  durationMs: 900,
  completedAt: new Date(0),
};

let events: EventEmitter2;
let readiness: EventEmitterReadinessWatcher;
let news: CertificationNews;
const unhandled = vi.fn();

beforeEach(() => {
  events = new EventEmitter2();
  readiness = new EventEmitterReadinessWatcher();
  news = new CertificationNews(events, readiness);
  Logger.overrideLogger(false);
  process.on('unhandledRejection', unhandled);
});

afterEach(() => {
  process.off('unhandledRejection', unhandled);
  expect(unhandled).not.toHaveBeenCalled();
});

describe('news of a certification', () => {
  it('reaches its listeners', async () => {
    const heard = vi.fn();
    events.on(CertificationFinishedEvent.NAME, heard);
    readiness.setReady();
    news.finished(RUN);
    await turn();
    expect(heard).toHaveBeenCalledExactlyOnceWith(new CertificationFinishedEvent(RUN));
  });

  it('waits for the listeners of a process that is starting', async () => {
    news.finished(RUN);
    await turn();
    const heard = vi.fn();
    events.on(CertificationFinishedEvent.NAME, heard);
    readiness.setReady();
    await turn();
    expect(heard).toHaveBeenCalledOnce();
  });

  it.each([
    ['throws', () => expect.fail('a fault of the listener')],
    ['rejects', () => Promise.reject(new Error('a fault of the listener'))],
  ])('is not hurt by a listener that %s', async (_, listener) => {
    events.on(CertificationFinishedEvent.NAME, listener);
    readiness.setReady();
    expect(() => news.finished(RUN)).not.toThrow();
    await turn();
  });
});
