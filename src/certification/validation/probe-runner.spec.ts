import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { nonceIn, says, wordsIn } from '../../../test/support/probe-cases.js';
import { ProbeHarness } from '../../../test/support/probe-harness.js';
import { completion, json, type Script } from '../../../test/support/scripted-provider.js';
import { basicChat } from '../probes/basic-chat.probe.js';
import { functionCalling } from '../probes/function-calling.probe.js';
import { systemPrompt } from '../probes/system-prompt.probe.js';
import { vision } from '../probes/vision.probe.js';
import { spentIn, type Attempt } from './outcome.js';

let harness: ProbeHarness;

beforeAll(async () => {
  harness = await ProbeHarness.start();
});

afterAll(() => harness.close());

describe('A provider that reports no usage', () => {
  const unmetered: Script = ({ body }) =>
    json(completion({ content: nonceIn(body) }, 'stop', { usage: undefined }));

  it('costs what it was asked for, which a run that is taken up again still knows', async () => {
    const attempts: Attempt[] = [];
    // The output limit of one request comes to 0.000512 USD.
    const circumstances = { attempts, maxCostUsd: 0.0006 };
    await harness.run(basicChat, unmetered, circumstances);
    expect(spentIn(attempts)).toBeGreaterThan(0.000512);
    expect(spentIn(attempts)).toBeLessThan(0.0006);
    const next = await harness.run(systemPrompt, unmetered, circumstances);
    expect(next.verdict).toBe('SKIPPED_BUDGET');
    expect(harness.provider.requests).toEqual([]);
  });
});

describe('A provider that reports more usage than the window holds', () => {
  const lying: Script = ({ body }) => {
    const usage = { prompt_tokens: 1e12, completion_tokens: 5, total_tokens: 1e12 + 5 };
    return json(completion({ content: nonceIn(body) }, 'stop', { usage }));
  };

  it('is charged for the window, with a warning', async () => {
    const attempts: Attempt[] = [];
    const outcome = await harness.run(basicChat, lying, { attempts });
    expect(outcome).toMatchObject({
      ...{ verdict: 'PASS_WITH_WARNING', warnings: ['IMPLAUSIBLE_USAGE'] },
    });
    // 16,000 tokens of input and 5 of output.
    expect(spentIn(attempts)).toBeCloseTo(0.01601, 6);
  });
});

describe('The other wording, once a filter met the usual one,', () => {
  const filtered = json({ error: { message: 'Filtered.', code: 'content_filter' } }, 400);

  it.each(['standard', 'deep'] as const)('is kept: %s', async (profile) => {
    const attempts: Attempt[] = [];
    let answers = 0;
    const script: Script = ({ body }) => {
      if (wordsIn(body).includes('Reply with exactly')) return filtered;
      return says(answers++ === 0 ? 'Hello.' : nonceIn(body));
    };
    const { verdict } = await harness.run(basicChat, script, { attempts, profile });
    const verdicts = attempts.map((one) => one.verdict);
    expect(verdicts).toEqual(['INCONCLUSIVE_POLICY', 'FAIL_BEHAVIOUR', 'PASS', 'PASS']);
    expect(verdict).toBe('PASS');
  });
});

describe('A refusal that is not understood', () => {
  const refused = json({ error: { message: 'Malformed input request', code: 'x' } }, 400);
  const unsure = { verdict: 'INCONCLUSIVE_CONFIG', category: 'UNKNOWN_ERROR', reason: 'x' };
  const seeing = { capabilities: { vision: true } };

  it('of a plain question is no passing fault', async () => {
    expect(await harness.run(basicChat, refused)).toMatchObject(unsure);
  });

  it('of the request without the feature, too, is no passing fault', async () => {
    expect(await harness.run(vision, refused, seeing)).toMatchObject(unsure);
  });

  it.each([
    ['busy', 'INCONCLUSIVE_TRANSIENT', json({ error: { message: 'Busy.' } }, 503)],
    [
      'filtering',
      'INCONCLUSIVE_POLICY',
      json({ error: { message: 'Filtered.', code: 'content_filter' } }, 400),
    ],
    ['unreadable', 'INCONCLUSIVE_CONFIG', json('<html>')],
  ])('says nothing when its control meets a provider that is %s', async (_, verdict, answer) => {
    const script: Script = ({ body }) => (wordsIn(body).includes('image_url') ? refused : answer);
    expect((await harness.run(vision, script, seeing)).verdict).toBe(verdict);
  });
});

describe('A claim that is not made', () => {
  it('stays so when there is no money to try it', async () => {
    const circumstances = { undeclared: true, maxCostUsd: 0 };
    expect(await harness.run(functionCalling, says('Hi.'), circumstances)).toMatchObject({
      ...{ verdict: 'SKIPPED_NOT_DECLARED', message: 'Another request might exceed 0 USD.' },
    });
  });
});

describe('What is not declared', () => {
  it('is tried once the way is free that was blocked before', async () => {
    const skipped: Attempt = {
      ...{ probe: functionCalling.name, attempt: 1, verdict: 'SKIPPED_DEPENDENCY' },
      ...{ reason: null, message: 'basicChat came out otherwise.', warnings: [], metrics: null },
      ...{ exchanges: [], costUsd: 0, startedAt: new Date(), completedAt: new Date() },
    };
    const circumstances = { undeclared: true, attempts: [skipped] };
    const { verdict } = await harness.run(functionCalling, says('Hi.'), circumstances);
    expect(verdict).toBe('SKIPPED_NOT_DECLARED');
  });
});

describe('A tool of a hostile name', () => {
  it('is told of in words that can be stored', async () => {
    const call = { id: 'c', type: 'function', function: { name: 'x\0', arguments: '{}' } };
    const script = json(completion({ content: null, tool_calls: [call] }, 'tool_calls'));
    const capabilities = { functionCalling: true };
    const { verdict, message } = await harness.run(functionCalling, script, { capabilities });
    expect(verdict).toBe('FAIL_BEHAVIOUR');
    expect(message).toContain('x\uFFFD');
  });
});

describe('A feature that is refused in words of no meaning', () => {
  it.each([400, 422])('is missing when its control is answered: %i', async (status) => {
    const refused = json({ detail: [{ loc: ['body', 'messages'], msg: 'Invalid.' }] }, status);
    const script: Script = ({ body }) =>
      wordsIn(body).includes('image_url') ? refused : says('Red.');
    const outcome = await harness.run(vision, script, { capabilities: { vision: true } });
    expect(outcome.verdict).toBe('FAIL_CAPABILITY');
  });
});
