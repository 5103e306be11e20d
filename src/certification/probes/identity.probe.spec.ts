import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ProbeHarness } from '../../../test/support/probe-harness.js';
import { json } from '../../../test/support/scripted-provider.js';
import { stubSession } from '../../../test/support/stub-session.js';
import type { Standing } from '../../inference/adapter.js';
import { InferenceError } from '../../inference/inference-error.js';
import { isTest, stopsRun } from '../validation/outcome.js';
import { identity } from './identity.probe.js';

let harness: ProbeHarness;

beforeAll(async () => {
  harness = await ProbeHarness.start();
});

afterAll(() => harness.close());

describe('identity', () => {
  it('passes a model that is listed, without invoking it', async () => {
    const outcome = await harness.run(identity, json({ id: 'm-1', object: 'model' }));
    expect(outcome).toMatchObject({ verdict: 'PASS', claim: null });
    expect(isTest(outcome)).toBe(false);
    const asked = harness.provider.requests.map(({ method, path }) => [method, path]);
    expect(asked).toEqual([['GET', '/v1/models/m-1']]);
  });

  it.each([
    ['the model is not listed', json({ error: { code: 'model_not_found', message: 'No.' } }, 404)],
    ['there is no list', json('<html>', 404)],
    ['the key may not read it', json({ error: { message: 'Missing scope.' } }, 403)],
    ['the answer is no model', json({ object: 'list', data: [] })],
    ['the provider is down', json('', 503)],
  ])('leaves it to the gate when %s', async (_, answer) => {
    const outcome = await harness.run(identity, answer);
    expect(outcome).toMatchObject({ verdict: 'SKIPPED_DEPENDENCY', category: null });
    expect(stopsRun(outcome)).toBe(false);
    expect(harness.provider.requests).toHaveLength(1);
  });

  const told = (standing: Standing | null) =>
    identity.attempt(
      stubSession(
        () => ({}),
        () => Promise.resolve(standing),
      ),
    );
  const usable = { usable: true, reason: null, lifecycle: 'ACTIVE' } as const;

  it('passes what the control plane says is usable', async () => {
    expect(await told(usable)).toEqual({ verdict: 'PASS' });
  });

  it('warns of a model that is to go', async () => {
    const warnings = ['MODEL_LEGACY'];
    expect(await told({ ...usable, lifecycle: 'LEGACY' })).toEqual({
      ...{ verdict: 'PASS_WITH_WARNING', warnings },
    });
  });

  it('tells a wrong id or region as a fault of configuration', async () => {
    const reason = 'The inference profile cannot be called from eu-west-2.';
    expect(await told({ usable: false, reason, lifecycle: null })).toEqual({
      ...{ verdict: 'INCONCLUSIVE_CONFIG', reason: 'CONFIGURATION_ERROR', message: reason },
    });
  });

  it.each([null, { usable: null, reason: 'Nobody may ask.', lifecycle: null }])(
    'is skipped when nothing is said: %o',
    async (standing) => {
      expect(await told(standing)).toMatchObject({ verdict: 'SKIPPED_DEPENDENCY' });
    },
  );

  it('ends with the run', async () => {
    const cancelled = () => Promise.reject(new InferenceError('CANCELLED', 'Cancelled.'));
    const session = stubSession(() => ({}), cancelled);
    await expect(identity.attempt(session)).rejects.toMatchObject({ category: 'CANCELLED' });
  });
});
