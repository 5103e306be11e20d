import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { KEY } from '../../../test/support/openai-harness.js';
import {
  completion,
  json,
  ScriptedProvider,
  type Script,
} from '../../../test/support/scripted-provider.js';
import type { AuthorizedTarget } from '../../inference/adapter.js';
import { Egress } from '../../inference/egress.js';
import { InferenceError } from '../../inference/inference-error.js';
import { OpenAiAdapter } from '../../inference/openai/openai.adapter.js';
import { Budget } from './budget.js';
import { ProbeSession } from './probe-session.js';
import { Sender } from './sender.js';
import { transportTo } from './transport.js';

const CAPABILITIES = {
  ...{ streaming: true, vision: false, functionCalling: true },
  ...{ maxContextWindow: 1000, maxOutputTokens: 100 },
};
const OK = json(completion({ content: 'hi' }));

let provider: ScriptedProvider;
let egress: Egress;

beforeEach(async () => {
  provider = await ScriptedProvider.start();
  egress = new Egress({ allowPrivate: true });
});

afterEach(async () => {
  await egress.close();
  await provider.close();
});

/** A session at a provider, over the real adapter. */
function session(script: Script, providerSlug: string): ProbeSession {
  provider.script = script;
  const adapter = new OpenAiAdapter(egress);
  const target: AuthorizedTarget = {
    ...{ providerSlug, authType: 'api_key', baseUrl: provider.url, apiVersion: null },
    ...{ modelId: 'm-1', region: 'global', credentials: { kind: 'api_key', apiKey: KEY } },
  };
  const { signal } = new AbortController();
  const sender = new Sender({
    transport: transportTo(adapter, target, signal),
    hide: (text) => text,
    signal,
    budget: new Budget(null, 0, () => 0, 0),
    backoffMs: 1,
  });
  return new ProbeSession({
    capabilities: CAPABILITIES,
    profile: 'standard',
    sender,
    standing: () => Promise.resolve(null),
    rephrase: false,
    earlier: new Map(),
  });
}

const limits = (): unknown[] =>
  provider.requests.map(({ body }) =>
    Object.entries(Object(body)).filter(([name]) => name.endsWith('_tokens')),
  );

/** Refuses one name of the limit in the words of a server. */
const refusing =
  (name: string, message: string, status = 400): Script =>
  ({ body }) =>
    name in Object(body) ? json({ error: { message, type: 'invalid_request_error' } }, status) : OK;

describe('The output limit', () => {
  it.each([
    [
      'acme',
      ['max_tokens', 'max_completion_tokens'],
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
    ],
    [
      'openai',
      ['max_completion_tokens', 'max_tokens'],
      'Unrecognized request argument supplied: max_completion_tokens',
    ],
    [
      'openai',
      ['max_completion_tokens', 'max_tokens'],
      '[{"type":"extra_forbidden","loc":["body","max_completion_tokens"],"msg":"Extra inputs are not permitted"}]',
    ],
  ])('of %s is renamed once, to %o', async (slug, [refused = '', wanted = ''], words) => {
    const at = session(refusing(refused, words), slug);
    await at.ask('one', 'hello', { outputTokens: 64 });
    await at.ask('two', 'hello', { outputTokens: 64 });
    expect(limits()).toEqual([[[refused, 64]], [[wanted, 64]], [[wanted, 64]]]);
    expect(at.exchanges.map(({ adapted }) => adapted)).toEqual([wanted, null]);
  });

  it('is not renamed back and forth', async () => {
    const words = (name: string): string => `Unknown parameter: '${name}'.`;
    const neither: Script = ({ body }) => {
      const name = 'max_tokens' in Object(body) ? 'max_tokens' : 'max_completion_tokens';
      return json({ error: { message: words(name) } }, 400);
    };
    await expect(session(neither, 'acme').ask('one', 'hello')).rejects.toBeInstanceOf(
      InferenceError,
    );
    expect(provider.requests).toHaveLength(2);
  });
});

describe('Reasoning that uses up the output limit', () => {
  const SPENT = {
    message: 'Could not finish the message because max_tokens or model output limit was reached.',
  };
  const usage = { completion_tokens: 64, completion_tokens_details: { reasoning_tokens: 64 } };

  it.each([
    ['an error', json({ error: SPENT }, 400)],
    ['an empty answer', json(completion({ content: '' }, 'length', { usage }))],
    [
      'thoughts and no answer, uncounted',
      json(completion({ content: null, reasoning_content: 'Okay, the' }, 'length')),
    ],
    [
      'thoughts cut off in its text, uncounted',
      json(completion({ content: '<think>Okay, the' }, 'length')),
    ],
  ])(
    'is given four times as much, at most what is declared, then the budget is the fault: by %s',
    async (_, spent) => {
      const at = session((_request, index) => (index === 0 ? spent : OK), 'acme');
      expect((await at.ask('one', 'hello', { outputTokens: 64 })).text).toBe('hi');
      expect(limits()).toEqual([[['max_tokens', 64]], [['max_tokens', 100]]]);
      await expect(
        session(spent, 'acme').ask('one', 'hello', { outputTokens: 64 }),
      ).rejects.toMatchObject({
        category: 'BUDGET_EXCEEDED',
        code: 'BUDGET_CONSUMED_BY_REASONING',
      });
    },
  );

  it('is not asked for again when nothing more is declared', async () => {
    const spent = json(completion({ content: '' }, 'length', { usage }));
    const asking = session(spent, 'acme').ask('one', 'hello', { outputTokens: 400 });
    await expect(asking).rejects.toMatchObject({ code: 'BUDGET_CONSUMED_BY_REASONING' });
    expect(limits()).toEqual([[['max_tokens', 100]]]);
  });
});
