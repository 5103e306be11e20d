import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  completion,
  json,
  ScriptedProvider,
  type Script,
} from '../../../test/support/scripted-provider.js';
import type { InferenceAnswer, InferenceRequest, InferenceTarget } from '../adapter.js';
import { Egress } from '../egress.js';
import { InferenceError } from '../inference-error.js';
import { OpenAiAdapter } from './openai.adapter.js';

const KEY = 'canary-key-31337';
const HELLO: InferenceRequest = { messages: [{ role: 'user', content: 'hello' }] };

let provider: ScriptedProvider;
let egress: Egress;

beforeEach(async () => {
  provider = await ScriptedProvider.start();
  egress = new Egress({ allowPrivate: true, timeouts: { totalMs: 500 } });
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await egress.close();
  await provider.close();
});

function target(changes: Partial<InferenceTarget> = {}): InferenceTarget {
  return {
    providerSlug: 'acme',
    authType: 'api_key',
    authType: null,
    baseUrl: provider.url,
    apiKey: KEY,
    modelId: 'm-1',
    region: 'global',
    ...changes,
  };
}

function invoke(
  request: InferenceRequest = HELLO,
  at: InferenceTarget = target(),
  signal = new AbortController().signal,
): Promise<InferenceAnswer> {
  return new OpenAiAdapter(egress).invoke(at, request, signal);
}

async function faultOf(work: Promise<unknown>): Promise<InferenceError> {
  const error: unknown = await work.then(
    () => new Error('It did not fail.'),
    (reason: unknown) => reason,
  );
  if (error instanceof InferenceError) return error;
  throw error;
}

async function faultFor(script: Script): Promise<InferenceError> {
  provider.script = script;
  return faultOf(invoke());
}

describe('OpenAiAdapter asks', () => {
  beforeEach(() => {
    provider.script = json(completion({ content: 'hi' }));
  });

  it('for nothing that the request does not hold', async () => {
    await invoke();
    const { method, path, body, headers } = provider.lastRequest;
    expect([method, path]).toEqual(['POST', '/v1/chat/completions']);
    expect(body).toEqual({ model: 'm-1', messages: [{ role: 'user', content: 'hello' }] });
    expect(headers.authorization).toBe(`Bearer ${KEY}`);
    expect(Object.keys(headers).filter((name) => name.startsWith('x-'))).toEqual([]);
  });

  it('for all that it does hold', async () => {
    await invoke({
      system: 'Be brief.',
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'See' },
            { type: 'image', mediaType: 'image/png', data: Uint8Array.of(1, 2, 3) },
          ],
        },
        {
          role: 'assistant',
          text: '',
          toolCalls: [{ id: 'c1', name: 'look', arguments: '{"a":1}' }],
        },
        { role: 'tool', toolCallId: 'c1', content: 'seen' },
        { role: 'assistant', text: 'Good.' },
      ],
      tools: [{ name: 'look', description: 'Looks.', parameters: { type: 'object' } }],
      maxOutputTokens: 64,
      outputLimitParameter: 'max_completion_tokens',
    });
    expect(provider.lastRequest.body).toEqual({
      model: 'm-1',
      messages: [
        { role: 'system', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'See' },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,AQID' } },
          ],
        },
        {
          role: 'assistant',
          content: null,
          tool_calls: [
            { id: 'c1', type: 'function', function: { name: 'look', arguments: '{"a":1}' } },
          ],
        },
        { role: 'tool', tool_call_id: 'c1', content: 'seen' },
        { role: 'assistant', content: 'Good.' },
      ],
      tools: [
        {
          type: 'function',
          function: { name: 'look', description: 'Looks.', parameters: { type: 'object' } },
        },
      ],
      max_completion_tokens: 64,
    });
  });

  it('with max_tokens unless told otherwise', async () => {
    await invoke({ ...HELLO, maxOutputTokens: 16, tools: [] });
    expect(provider.lastRequest.body).toEqual({
      model: 'm-1',
      messages: [{ role: 'user', content: 'hello' }],
      max_tokens: 16,
    });
  });

  it('without a key where there is none, whatever the environment holds', async () => {
    vi.stubEnv('OPENAI_API_KEY', 'sk-environment');
    vi.stubEnv('OPENAI_ADMIN_KEY', 'sk-environment');
    vi.stubEnv('OPENAI_BASE_URL', 'http://127.0.0.1:9/env');
    vi.stubEnv('OPENAI_ORG_ID', 'org-environment');
    vi.stubEnv('OPENAI_PROJECT_ID', 'project-environment');
    vi.stubEnv('OPENAI_CUSTOM_HEADERS', 'Authorization: Bearer environment\nX-Env: environment');
    vi.stubEnv('OPENAI_LOG', 'debug');
    const log = vi.spyOn(console, 'debug').mockImplementation(() => undefined);
    await invoke(HELLO, target({ apiKey: null }));
    expect(provider.lastRequest.headers.authorization).toBeUndefined();
    expect(JSON.stringify(provider.lastRequest.headers)).not.toContain('environment');
    expect(log).not.toHaveBeenCalled();
    log.mockRestore();
  });

  it('under the base address as given: slash, query, fragment', async () => {
    await invoke(HELLO, target({ baseUrl: `${provider.url}/?api-version=7#there` }));
    expect(provider.lastRequest.path).toBe('/v1/chat/completions?api-version=7');
  });

  it('nowhere when there is no address, a bad one, or a key that cannot be sent', async () => {
    const none = await faultOf(invoke(HELLO, target({ baseUrl: null })));
    expect(none).toMatchObject({ category: 'CONFIGURATION_ERROR' });
    expect(none.message).toContain('acme');
    const bad = await faultOf(invoke(HELLO, target({ baseUrl: 'api.example' })));
    expect(bad).toMatchObject({ category: 'CONFIGURATION_ERROR' });
    for (const apiKey of ['', 'secret\nX-Evil: 1', 'secret-é']) {
      const fault = await faultOf(invoke(HELLO, target({ apiKey })));
      expect(fault).toMatchObject({ category: 'CONFIGURATION_ERROR' });
      expect(fault.message).not.toContain('secret');
    }
    expect(provider.requests).toHaveLength(0);
  });
});

describe('OpenAiAdapter answers', () => {
  it('with what the provider said, and the payload untouched', async () => {
    const payload = completion({ content: 'hi' }, 'stop', {
      usage: {
        prompt_tokens: 11,
        completion_tokens: 7,
        total_tokens: 18,
        completion_tokens_details: { reasoning_tokens: 3 },
        prompt_tokens_details: { cached_tokens: 5 },
      },
    });
    provider.script = json(payload, 200, { 'x-request-id': 'r-1', 'x-ms-region': 'West US' });
    const answer = await invoke();
    expect(answer).toEqual({
      text: 'hi',
      toolCalls: [],
      stopReason: 'stop',
      usage: {
        inputTokens: 11,
        outputTokens: 7,
        totalTokens: 18,
        reasoningTokens: 3,
        cachedInputTokens: 5,
      },
      model: 'scripted-1',
      region: 'West US',
      requestId: 'r-1',
      totalMs: expect.any(Number),
      raw: payload,
    });
  });

  it('with tool calls, their arguments as written', async () => {
    const call = { id: 'c1', type: 'function', function: { name: 'look', arguments: '{"a": 1' } };
    const bare = { function: { name: 'look' } };
    provider.script = json(completion({ content: null, tool_calls: [call, bare] }, 'tool_calls'));
    const { text, toolCalls, stopReason } = await invoke();
    expect({ text, toolCalls, stopReason }).toEqual({
      text: '',
      toolCalls: [
        { id: 'c1', name: 'look', arguments: '{"a": 1' },
        { id: '', name: 'look', arguments: '' },
      ],
      stopReason: 'tool_calls',
    });
  });

  it('with nulls where the provider is silent or odd', async () => {
    provider.script = json({
      choices: [{ message: { content: [{ type: 'text', text: 'pa' }, 5, { text: 'no' }] } }],
      usage: { prompt_tokens: '11', total_tokens: null },
      model: 7,
    });
    expect(await invoke()).toMatchObject({
      text: 'pa',
      stopReason: null,
      usage: { inputTokens: null, outputTokens: null, totalTokens: null },
      model: null,
      region: null,
      requestId: null,
    });
    provider.script = json(completion({ content: 'x' }, 'eos', { usage: null }));
    expect(await invoke()).toMatchObject({ stopReason: 'other', usage: null });
  });

  it('without letting the payload reach a prototype', async () => {
    provider.script = json(
      '{"__proto__":{"polluted":1},"choices":[{"message":{"__proto__":{"content":"x"}}}]}',
    );
    expect((await invoke()).text).toBe('');
    expect({}).not.toHaveProperty('polluted');
  });
});

describe('OpenAiAdapter fails', () => {
  it.each<[string, string, string]>([
    ['HTML with 200', '<html>Welcome</html>', 'INVALID_JSON'],
    ['cut JSON', '{"choices":[{"mess', 'INVALID_JSON'],
    ['NaN', '{"choices":NaN}', 'INVALID_JSON'],
    ['nothing', '', 'INVALID_JSON'],
    ['null', 'null', 'NO_CHOICES'],
    ['no choices', '{"id":"x"}', 'NO_CHOICES'],
    ['null choices', '{"choices":null}', 'NO_CHOICES'],
    ['empty choices', '{"choices":[]}', 'NO_CHOICES'],
    ['a choice without message', '{"choices":[{}]}', 'INVALID_ANSWER'],
    ['content of a wrong type', '{"choices":[{"message":{"content":5}}]}', 'INVALID_ANSWER'],
    ['tool calls of a wrong type', '{"choices":[{"message":{"tool_calls":5}}]}', 'INVALID_ANSWER'],
    [
      'arguments of a wrong type',
      '{"choices":[{"message":{"tool_calls":[{"function":{"name":"x","arguments":{}}}]}}]}',
      'INVALID_ANSWER',
    ],
    [
      'a tool call without a name',
      '{"choices":[{"message":{"tool_calls":[{"id":"c"}]}}]}',
      'INVALID_ANSWER',
    ],
  ])('as PROTOCOL_ERROR on %s', async (_, body, code) => {
    const fault = await faultFor(json(body, 200, { 'x-request-id': 'r-9' }));
    expect(fault).toMatchObject({ category: 'PROTOCOL_ERROR', code, status: 200 });
    expect(fault.requestId).toBe('r-9');
    expect(fault.message).toMatch(/^acme /);
  });

  it('with a sample that is bounded and holds no key', async () => {
    const fault = await faultFor(json(`<p>${KEY}</p>${'x'.repeat(1_000_000)}`));
    expect(fault.message).toContain('<p>[redacted]</p>');
    expect(fault.message.length).toBeLessThan(300);
  });

  it('as the error that a 200 wraps', async () => {
    const error = { error: { message: 'Upstream is busy', code: 429 } };
    expect(await faultFor(json(error))).toMatchObject({ category: 'RATE_LIMIT', status: 200 });
    const choice = { choices: [{ error: { message: 'died', code: 502 }, finish_reason: 'error' }] };
    expect(await faultFor(json(choice))).toMatchObject({ category: 'PROVIDER_ERROR' });
  });

  it('as the refusal says, after one request', async () => {
    const body = { error: { message: `Key ${KEY} timed out`, code: 'rate_limit_exceeded' } };
    const fault = await faultFor(json(body, 429, { 'retry-after': '7', 'x-should-retry': 'true' }));
    expect(fault).toMatchObject({
      category: 'RATE_LIMIT',
      retryClass: 'rate_limit',
      status: 429,
      code: 'rate_limit_exceeded',
      retryAfterMs: 7_000,
      message: 'acme answered 429: Key [redacted] timed out',
    });
    expect(provider.requests).toHaveLength(1);
  });

  it('as TIMEOUT when our time is up, which a request may change', async () => {
    provider.script = { silent: true };
    const started = performance.now();
    const fault = await faultOf(invoke({ ...HELLO, timeoutMs: 100 }));
    expect(fault).toMatchObject({ category: 'TIMEOUT', code: 'TOTAL_TIMEOUT' });
    expect(performance.now() - started).toBeLessThan(400);
  });

  it('as CANCELLED when the caller gives up, and the provider notices', async () => {
    provider.script = { silent: true };
    const stop = new AbortController();
    const work = faultOf(invoke(HELLO, target(), stop.signal));
    setTimeout(() => stop.abort(), 50);
    expect((await work).category).toBe('CANCELLED');
    await provider.lastRequest.closed;
  });

  it('as CONFIGURATION_ERROR on a redirect, and as NETWORK_ERROR without a provider', async () => {
    const redirect = { status: 302, headers: { location: 'https://elsewhere.example/v1' } };
    expect(await faultFor(redirect)).toMatchObject({ category: 'CONFIGURATION_ERROR' });
    const closed = target({ baseUrl: 'http://127.0.0.1:1/v1' });
    expect(await faultOf(invoke(HELLO, closed))).toMatchObject({ category: 'NETWORK_ERROR' });
  });
});
