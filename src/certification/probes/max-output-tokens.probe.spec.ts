import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { honestAnswer, outputLimitIn, type Honesty } from '../../../test/support/honest-limits.js';
import { MODEST, ProbeHarness } from '../../../test/support/probe-harness.js';
import { completion, json, type Script } from '../../../test/support/scripted-provider.js';
import type { CapabilitiesDto } from '../../models/capabilities.dto.js';
import { maxOutputTokens } from './max-output-tokens.probe.js';

let harness: ProbeHarness;

beforeAll(async () => {
  harness = await ProbeHarness.start();
});

afterAll(() => harness.close());

const honest =
  (change: Partial<Honesty> = {}): Script =>
  ({ body }) =>
    honestAnswer(body, { ...MODEST, ...change });
const run = (script: Script, capabilities: Partial<CapabilitiesDto> = {}) =>
  harness.run(maxOutputTokens, script, { capabilities });
const limits = () => harness.provider.requests.map(({ body }) => outputLimitIn(body));
/** Honest but for requests of one limit. */
const except =
  (limit: number, answer: Script): Script =>
  (request, index) => {
    const lies = outputLimitIn(request.body) === limit;
    if (!lies) return honestAnswer(request.body, MODEST);
    return typeof answer === 'function' ? answer(request, index) : answer;
  };
const LONG = (usage: object) => json(completion({ content: 'one, two' }, 'length', { usage }));

describe('The output limit', () => {
  it('is exact when it is obeyed, accepted, and enforced', async () => {
    expect(await run(honest())).toMatchObject({
      verdict: 'PASS',
      metrics: { observedMaxOutput: 1_000, limitEnforced: 1 },
    });
    expect(limits()).toEqual([32, 1_000, 1_001]);
  });

  it('that nobody enforces passes without a warning', async () => {
    expect(await run(honest({ maxOutputTokens: 5_000 }))).toMatchObject({
      verdict: 'PASS',
      warnings: [],
      metrics: { observedMaxOutput: null, limitEnforced: 0 },
    });
  });

  it('that is declared too high fails, with the real one', async () => {
    expect(await run(honest({ maxOutputTokens: 600 }))).toMatchObject({
      verdict: 'FAIL_CAPABILITY',
      reason: 'LIMIT_BELOW_DECLARED',
      metrics: { observedMaxOutput: 600 },
    });
    expect(limits()).toEqual([32, 1_000]);
  });

  it('that is refused without a number is missing by the control', async () => {
    const refusal = json({ error: { message: 'max_tokens is too large' } }, 400);
    expect(await run(except(1_000, refusal))).toMatchObject({
      verdict: 'FAIL_CAPABILITY',
      reason: 'CONTEXT_LIMIT',
    });
    expect(limits()).toEqual([32, 1_000, 256, 32, 1_000]);
  });

  it('stays open when the control fails, and when the declared limit is throttled', async () => {
    const [limit, busy] = [{ message: 'max_tokens is too large' }, { message: 'busy' }];
    const failing: Script = ({ body }) =>
      outputLimitIn(body) === 32
        ? honestAnswer(body, MODEST)
        : json(
            { error: outputLimitIn(body) === 1_000 ? limit : busy },
            outputLimitIn(body) === 1_000 ? 400 : 503,
          );
    expect(await run(failing)).toMatchObject({ verdict: 'INCONCLUSIVE_TRANSIENT' });
    const throttled = json({ error: { code: 'rate_limit_exceeded', message: 'slow' } }, 429);
    expect(await run(except(1_000, throttled))).toMatchObject({
      verdict: 'INCONCLUSIVE_TRANSIENT',
      reason: 'RATE_LIMIT',
    });
  });

  it.each([
    ['LIMIT_EXCEEDED', LONG({ prompt_tokens: 9, completion_tokens: 33, total_tokens: 42 })],
    ['WRONG_STOP_REASON', json(completion({ content: 'one, two and so on' }))],
  ])('that a small request ignores is %s', async (reason, answer) => {
    expect(await run(except(32, answer))).toMatchObject({ verdict: 'FAIL_BEHAVIOUR', reason });
  });

  it('is certain even when trouble meets the one token more', async () => {
    const broken = json({ error: { message: 'no' } }, 500);
    expect(await run(except(1_001, broken))).toMatchObject({
      verdict: 'PASS',
      metrics: { observedMaxOutput: null, limitEnforced: null },
    });
  });

  it.each<[string, Partial<CapabilitiesDto>, number[]]>([
    ['of a model that reasons is not tried below 1,024', { reasoning: true }, [1_000, 1_001]],
    [
      'of a model that reasons is tried with 1,024',
      { reasoning: true, maxOutputTokens: 2_000 },
      [1_024, 2_000, 2_001],
    ],
    ['is never asked for below 16', { maxOutputTokens: 8 }, [16]],
    ['leaves room for the prompt in the window', { maxContextWindow: 1_000 }, [32, 700]],
  ])('%s', async (_, change, sent) => {
    const model = { ...MODEST, ...change };
    const spent =
      'Could not finish the message because max_tokens or model output limit was reached.';
    const script: Script = ({ body }) =>
      outputLimitIn(body) === 1_024
        ? json({ error: { message: spent } }, 400)
        : honestAnswer(body, model);
    expect(await run(script, change)).toMatchObject({ verdict: 'PASS' });
    expect(limits()).toEqual(sent);
  });
});
