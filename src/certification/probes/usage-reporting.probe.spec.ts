import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { nonceIn } from '../../../test/support/probe-cases.js';
import { ProbeHarness } from '../../../test/support/probe-harness.js';
import { completion, json } from '../../../test/support/scripted-provider.js';
import type { Attempt } from '../validation/outcome.js';
import { basicChat } from './basic-chat.probe.js';
import { usageReporting } from './usage-reporting.probe.js';

let harness: ProbeHarness;

beforeAll(async () => {
  harness = await ProbeHarness.start();
});

afterAll(() => harness.close());

/** What the probe makes of a provider that reports this usage. */
async function run(usage: object) {
  const attempts: Attempt[] = [];
  await harness.run(
    basicChat,
    ({ body }) => json(completion({ content: nonceIn(body) }, 'stop', { usage })),
    { attempts },
  );
  return harness.run(usageReporting, {}, { attempts });
}

const thought = (reasoning_tokens: number) => ({ completion_tokens_details: { reasoning_tokens } });

describe('Reported usage', () => {
  it.each([
    ['OpenAI', { prompt_tokens: 32, completion_tokens: 103, total_tokens: 135, ...thought(94) }],
    ['xAI', { prompt_tokens: 32, completion_tokens: 9, total_tokens: 135, ...thought(94) }],
  ])('with the thoughts where %s counts them adds up', async (_, usage) => {
    expect(await run(usage)).toMatchObject({ verdict: 'PASS' });
  });

  it.each([
    { prompt_tokens: 32, completion_tokens: 9, total_tokens: 135 },
    { prompt_tokens: 32, completion_tokens: 9, total_tokens: 135, ...thought(93) },
  ])('with tokens of nothing does not: %j', async (usage) => {
    expect(await run(usage)).toMatchObject({
      ...{ verdict: 'FAIL_BEHAVIOUR', reason: 'USAGE_DOES_NOT_ADD_UP' },
    });
  });
});
