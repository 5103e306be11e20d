import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { honestAnswer, sumIn, textIn } from '../../../test/support/honest-limits.js';
import { MODEST, ProbeHarness } from '../../../test/support/probe-harness.js';
import { completion, json, type Script } from '../../../test/support/scripted-provider.js';
import { stubSession } from '../../../test/support/stub-session.js';
import { InferenceError } from '../../inference/inference-error.js';
import { reasoning } from './reasoning.probe.js';

let harness: ProbeHarness;

beforeAll(async () => {
  harness = await ProbeHarness.start();
});

afterAll(() => harness.close());

const LIMITS = { ...MODEST, maxOutputTokens: 8_000 };
const run = (script: Script) =>
  harness.run(reasoning, script, { capabilities: { ...LIMITS, reasoning: true } });
const isOn = (body: unknown): boolean => Object(body).reasoning_effort !== undefined;
const rightWith =
  (message: object, around: (sum: string) => string = (sum) => sum): Script =>
  ({ body }) =>
    json(completion({ ...message, content: around(String(sumIn(textIn(body)))) }));

describe('Reasoning', () => {
  it('is shown by the right result and tokens spent on it', async () => {
    const outcome = await run(({ body }) => honestAnswer(body, LIMITS));
    expect(outcome).toMatchObject({ verdict: 'PASS', metrics: { reasoningTokens: 40 } });
    expect(harness.provider.lastRequest.body).toMatchObject({
      reasoning_effort: 'medium',
      max_tokens: 4_096,
    });
    for (const name of ['temperature', 'top_p', 'stop']) {
      expect(harness.provider.lastRequest.body).not.toHaveProperty(name);
    }
  });

  it('is shown by the right result and the thoughts themselves', async () => {
    const outcome = await run(rightWith({ reasoning_content: 'Let me see.' }));
    expect(outcome).toMatchObject({ verdict: 'PASS', metrics: { reasoningTokens: null } });
  });

  it('that leaks into the text is shown, with a warning', async () => {
    const outcome = await run(rightWith({}, (sum) => `<think>Well.</think>${sum}`));
    expect(outcome).toMatchObject({ verdict: 'PASS_WITH_WARNING', warnings: ['THINKING_LEAK'] });
  });

  it('is not shown by the right result alone', async () => {
    const script: Script = ({ body }) => honestAnswer(body, { ...LIMITS, reasons: false });
    expect(await run(script)).toMatchObject({
      verdict: 'FAIL_BEHAVIOUR',
      reason: 'NO_REASONING_EVIDENCE',
    });
  });

  it('is not shown by thoughts alone, nor by a result that is part of another number', async () => {
    const thoughts = { reasoning_content: 'Let me see.' };
    for (const around of [() => 'No idea.', (sum: string) => `1${sum}`]) {
      expect(await run(rightWith(thoughts, around))).toMatchObject({
        verdict: 'FAIL_BEHAVIOUR',
        reason: 'WRONG_ANSWER',
      });
    }
  });

  it('is missing when it is refused and the question alone is answered', async () => {
    const message = "Unsupported parameter: 'reasoning_effort' is not supported with this model.";
    const script: Script = ({ body }) =>
      isOn(body) ? json({ error: { message } }, 400) : honestAnswer(body, LIMITS);
    expect(await run(script)).toMatchObject({
      verdict: 'FAIL_CAPABILITY',
      reason: 'PARAMETER_UNSUPPORTED',
    });
    const asked = harness.provider.requests.map(({ body }) => isOn(body));
    // Told, unasked, the control; told and unasked once more.
    expect(asked).toEqual([true, false, false, true, false]);
    const busy: Script = ({ body }) =>
      json({ error: { message: isOn(body) ? message : 'busy' } }, isOn(body) ? 400 : 503);
    expect(await run(busy)).toMatchObject({ verdict: 'INCONCLUSIVE_TRANSIENT' });
  });

  // Grok 4 always reasons, and refuses to be told how much.
  it('is shown unasked by a model that refuses to be told', async () => {
    const error = 'Model m-1 does not support parameter reasoningEffort.';
    const script: Script = ({ body }) =>
      isOn(body)
        ? json({ code: 'invalid-argument', error }, 400)
        : honestAnswer({ ...Object(body), reasoning_effort: 'medium' }, LIMITS);
    expect(await run(script)).toMatchObject({
      ...{ verdict: 'PASS', attempts: 1, metrics: { reasoningTokens: 40 } },
    });
    // What is not understood is tried twice.
    expect(harness.provider.requests.map(({ body }) => isOn(body))).toEqual([true, true, false]);
  });

  it('that the adapter cannot ask for is not held against the model', async () => {
    const session = stubSession(() => {
      throw new InferenceError('PARAMETER_UNSUPPORTED', 'No way is known.', { param: 'reasoning' });
    });
    expect(await reasoning.attempt(session)).toEqual({
      verdict: 'SKIPPED_DEPENDENCY',
      message: 'No way is known.',
    });
  });
});
