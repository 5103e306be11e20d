import { createRequire } from 'node:module';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ChildService } from './support/child-service.js';
import { jobBecomes } from './support/jobs.js';
import { plainAnswer } from './support/plain-model.js';
import { Rows } from './support/rows.js';
import { json, ScriptedProvider } from './support/scripted-provider.js';
import { ADMIN_KEY, TestService } from './support/service.js';
import { TraceCollector, type CollectedSpan } from './support/trace-collector.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CALLER = 'b7ad6b7169203331';
const SECRET = 'sk-canary-0123456789';

/** Traces nothing itself. */
let catalogue: TestService;
let collector: TraceCollector;
let provider: ScriptedProvider;
let refusing: ScriptedProvider;

function loadedSdk(): string[] {
  const { cache } = createRequire(import.meta.url);
  return Object.keys(cache).filter((file) => /@opentelemetry\/(sdk|exporter|otlp)/.test(file));
}

beforeAll(async () => {
  collector = await TraceCollector.start();
  provider = await ScriptedProvider.start((request) => plainAnswer(request));
  refusing = await ScriptedProvider.start(json({ error: { message: `Bad key ${SECRET}` } }, 401));
  catalogue = await TestService.start({ ROLE: 'api' });
});

afterAll(async () => {
  await catalogue.close();
  await Promise.all([collector.close(), provider.close(), refusing.close()]);
});

function one(spans: readonly CollectedSpan[], name: string): CollectedSpan {
  const found = spans.filter((span) => span.name === name);
  if (found.length !== 1 || !found[0])
    throw new Error(`There are ${found.length} spans "${name}".`);
  return found[0];
}

/** The names of the spans that a span lies in, from the inmost one out. */
function path(spans: readonly CollectedSpan[], span: CollectedSpan): string[] {
  const parent = spans.find(({ spanId }) => spanId === span.parentSpanId);
  return parent ? [parent.name, ...path(spans, parent)] : [];
}

describe('without a collector', () => {
  it('nothing of the SDK is loaded', async () => {
    await catalogue.call('GET', '/api/v2/models');
    expect(loadedSdk()).toEqual([]);
    await import('@opentelemetry/sdk-trace-node'); // it would be seen
    expect(loadedSdk()).not.toEqual([]);
  });
});

describe('with a collector', () => {
  it('one trace leads from the request over the queue to the calls, through two processes', async () => {
    const rows = new Rows(catalogue);
    const good = await rows.deployedAt(provider.url, 'traced');
    const bad = await rows.deployedAt(refusing.url, 'refused');
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      PROVIDER_1_API_KEY: SECRET,
      PROVIDER_2_API_KEY: SECRET,
    };
    const api = await ChildService.start(catalogue, { ...env, OTEL_SERVICE_NAME: 'the-api' });
    const worker = await ChildService.start(catalogue, { ...env, ROLE: 'worker' });
    const runOf = async (
      deploymentId: string,
      trace: string,
      status: 'QUALITY_WARNING' | 'FAILED',
    ) => {
      const body = { deploymentId, profile: 'smoke' };
      const headers = { traceparent: `00-${trace}-${CALLER}-01` };
      const path = '/api/certification-queue';
      const answer = await api.call('POST', path, body, ADMIN_KEY, headers);
      const [accepted] = JSON.parse(answer.text).certifications as { jobId: string }[];
      return jobBecomes(catalogue, String(accepted?.jobId), { status });
    };
    const run = await runOf(good, TRACE, 'QUALITY_WARNING');
    await runOf(bad, TRACE.replace('0', '1'), 'FAILED');
    await Promise.all([api.close(), worker.close()]);

    const spans = collector.spans.filter(({ traceId }) => traceId === TRACE);
    const request = one(spans, 'POST /api/certification-queue');
    expect(request).toMatchObject({ parentSpanId: CALLER, service: 'the-api' });
    expect(request.attributes['http.response.status_code']).toBe(202);
    const work = one(spans, 'certification run');
    expect(work).toMatchObject({ service: 'model-catalog', failed: false });
    expect(work.attributes['certification.run.id']).toBe(run.id);
    const probe = one(spans, 'probe basicChat');
    expect(probe.attributes['probe.verdict']).toBe('PASS');
    const calls = spans.filter(({ name }) => name === 'invoke openai');
    const call = calls.find(({ parentSpanId }) => parentSpanId === probe.spanId);
    expect(call?.attributes['gen_ai.request.model']).toBe('traced');
    expect(call && path(spans, call)).toEqual([
      'probe basicChat',
      'certification run',
      'process certification',
      expect.stringMatching(/^add certification/) as string,
      'POST /api/certification-queue',
    ]);
    expect(spans.filter(({ name }) => name === 'stream openai').length).toBeGreaterThan(0);

    const refused = collector.spans.find(({ failed }) => failed);
    expect(refused?.attributes).toMatchObject({
      'error.type': 'AUTHENTICATION_ERROR',
      'gen_ai.request.model': 'refused',
    });
    expect(collector.text).not.toContain(SECRET);
    expect(collector.text).not.toContain(ADMIN_KEY);
    // Neither machines that look after the process nor BullMQ's housekeeping begin a trace.
    const roots = collector.spans.filter(({ parentSpanId }) => !parentSpanId);
    expect(roots.filter(({ name }) => /health|metrics|getNextJob|tall/.test(name))).toEqual([]);
  }, 120_000);
});
