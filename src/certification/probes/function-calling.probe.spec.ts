import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { says, wordsIn } from '../../../test/support/probe-cases.js';
import { ProbeHarness } from '../../../test/support/probe-harness.js';
import {
  completion,
  json,
  type RecordedRequest,
  type Script,
  type ScriptedAnswer,
} from '../../../test/support/scripted-provider.js';
import { functionCalling } from './function-calling.probe.js';

let harness: ProbeHarness;

beforeAll(async () => {
  harness = await ProbeHarness.start();
});

afterAll(() => harness.close());

const run = (script: Script) =>
  harness.run(functionCalling, script, { capabilities: { functionCalling: true } });

const RECORD = 'record_measurement';

/** Makes the call, then answers with what it makes of the receipt. */
const using =
  (answer: (receipt: string) => string) =>
  ({ body }: Pick<RecordedRequest, 'body'>): ScriptedAnswer => {
    const words = wordsIn(body);
    const told = /receipt\\*":\\*"([a-z]+-\d{4})/.exec(words)?.[1];
    if (told !== undefined) return says(answer(told));
    const [, code, quantity] = /code (\S+), quantity (\d+)/.exec(words) ?? [];
    const values = JSON.stringify({ code, quantity: Number(quantity), unit: 'kg' });
    const call = { id: 'c1', type: 'function', function: { name: RECORD, arguments: values } };
    return json(completion({ content: null, tool_calls: [call] }, 'tool_calls'));
  };
const honest = using((receipt) => receipt);

const rolesIn = (body: unknown): string[] => {
  const { messages } = Object(body);
  return Array.isArray(messages) ? messages.map((message) => String(Object(message).role)) : [];
};

describe('Calling functions', () => {
  it('is proved by a right call whose result is used', async () => {
    expect(await run(honest)).toMatchObject({ verdict: 'PASS', attempts: 1 });
  });

  it('is refuted when the result is ignored', async () => {
    expect(await run(using(() => 'No idea.'))).toMatchObject({
      ...{ verdict: 'FAIL_BEHAVIOUR', reason: 'RESULT_IGNORED' },
    });
  });

  it('is refuted when no result is taken', async () => {
    const refusal = json({ error: { message: 'No tool messages.', code: 'x' } }, 400);
    const script: Script = (request) =>
      rolesIn(request.body).includes('tool') ? refusal : honest(request);
    expect(await run(script)).toMatchObject({
      ...{ verdict: 'FAIL_BEHAVIOUR', reason: 'TOOL_RESULT_REJECTED' },
    });
  });

  // Mistral's API, and the templates of its models elsewhere.
  it('is proved where the user may not speak right after a tool', async () => {
    const message = "Unexpected role 'user' after role 'tool'";
    const refusal = json({ message, type: 'invalid_request_message_order', code: '3230' }, 400);
    const script: Script = (request) => {
      const roles = rolesIn(request.body);
      const isStrange = roles.some((role, at) => role === 'user' && roles[at - 1] === 'tool');
      return isStrange ? refusal : honest(request);
    };
    expect(await run(script)).toMatchObject({ verdict: 'PASS', attempts: 1 });
  });
});
