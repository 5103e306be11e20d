import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { honestAnswer } from '../../../test/support/honest-limits.js';
import { MODEST, ProbeHarness } from '../../../test/support/probe-harness.js';
import { completion, json, type Script } from '../../../test/support/scripted-provider.js';
import { isTest } from '../validation/outcome.js';
import { errorSurface } from './error-surface.probe.js';

let harness: ProbeHarness;

beforeAll(async () => {
  harness = await ProbeHarness.start();
});

afterAll(() => harness.close());

describe('A model that does not exist', () => {
  it('is refused as a fault of configuration, and asked for once', async () => {
    const outcome = await harness.run(errorSurface, ({ body }) => honestAnswer(body, MODEST));
    expect(outcome).toMatchObject({ verdict: 'PASS', claim: null });
    expect(harness.provider.requests.map(({ body }) => Object(body).model)).toEqual([
      'm-1-does-not-exist',
    ]);
  });

  it.each<[string, string, Script]>([
    ['UNKNOWN_MODEL_ANSWERED', 'an answer', json(completion({ content: 'hi' }))],
    ['MISCLASSIFIED', 'a refusal of the caller', json({ error: { message: 'no' } }, 403)],
    ['MISCLASSIFIED', 'an unknown refusal', json({ error: { message: 'no' } }, 400)],
  ])('is %s by %s, which judges nothing', async (reason, _, script) => {
    const outcome = await harness.run(errorSurface, script);
    expect(outcome).toMatchObject({ verdict: 'FAIL_BEHAVIOUR', reason, category: 'QUALITY_ISSUE' });
    expect(isTest(outcome)).toBe(false);
  });

  it('says nothing while the provider is throttling', async () => {
    const busy = json({ error: { code: 'rate_limit_exceeded', message: 'slow' } }, 429);
    expect(await harness.run(errorSurface, busy)).toMatchObject({
      verdict: 'INCONCLUSIVE_TRANSIENT',
      reason: 'RATE_LIMIT',
    });
  });
});
