import type {
  ContentFilterResultsForChoiceOutput,
  ContentFilterResultsForPromptOutput,
} from '@azure/openai/types';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { faultOf } from '../../../test/support/fault-of.js';
import {
  completion,
  delta,
  DONE,
  json,
  ScriptedProvider,
  sse,
} from '../../../test/support/scripted-provider.js';
import type { AuthorizedTarget, InferenceRequest } from '../adapter.js';
import { collect } from '../collect.js';
import { Egress } from '../egress.js';
import { AzureOpenAiAdapter } from './azure-openai.adapter.js';

const KEY = 'canary-key-31337';
const HELLO: InferenceRequest = {
  messages: [{ role: 'user', content: 'hello' }],
  maxOutputTokens: 16,
};
const BODY = { model: 'gpt 4/o', messages: HELLO.messages, max_completion_tokens: 16 };
const OK = json(completion({ content: 'hi' }));
const DEPLOYMENT = '/openai/deployments/gpt%204%2Fo/chat/completions';
const SAFE: ContentFilterResultsForPromptOutput = {
  prompt_index: 0,
  content_filter_results: { hate: { filtered: false, severity: 'safe' } },
};
/** Azure answers with it when its filter did not work. */
const FILTER_DOWN: ContentFilterResultsForChoiceOutput = {
  error: { code: 'content_filter_error', message: 'The contents are not filtered', details: [] },
};

let provider: ScriptedProvider;
let egress: Egress;
let adapter: AzureOpenAiAdapter;

beforeEach(async () => {
  provider = await ScriptedProvider.start(OK);
  egress = new Egress({ allowPrivate: true });
  adapter = new AzureOpenAiAdapter(egress);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await egress.close();
  await provider.close();
});

const { signal } = new AbortController();

function target(path = '', changes: Partial<AuthorizedTarget> = {}): AuthorizedTarget {
  return {
    providerSlug: 'azure',
    authType: 'api_key',
    baseUrl: `http://127.0.0.1:${String(provider.port)}${path}`,
    credentials: { kind: 'api_key', apiKey: KEY },
    apiVersion: null,
    modelId: 'gpt 4/o',
    region: 'swedencentral',
    ...changes,
  };
}

describe('AzureOpenAiAdapter asks', () => {
  it.each([
    ['', null, `${DEPLOYMENT}?api-version=2024-10-21`],
    ['/', null, `${DEPLOYMENT}?api-version=2024-10-21`],
    ['/openai/', '2025-04-01-preview', `${DEPLOYMENT}?api-version=2025-04-01-preview`],
    ['/gateway', null, `/gateway${DEPLOYMENT}?api-version=2024-10-21`],
    [
      '/openai/deployments/d-1/chat/completions?api-version=2025-01-01-preview',
      null,
      '/openai/deployments/d-1/chat/completions?api-version=2025-01-01-preview',
    ],
    ['/openai/v1', null, '/openai/v1/chat/completions'],
    ['/openai/v1/', 'preview', '/openai/v1/chat/completions?api-version=preview'],
  ])('at the address %s, version %s', async (path, apiVersion, asked) => {
    await adapter.invoke(target(path, { apiVersion }), HELLO, signal);
    const { method, path: got, body, headers } = provider.lastRequest;
    expect([method, got]).toEqual(['POST', asked]);
    expect(body).toEqual(BODY);
    expect(headers['api-key']).toBe(KEY);
    expect(headers.authorization).toBeUndefined();
  });

  it.each(['', '/openai/v1'])('with a token of Entra ID at %s', async (path) => {
    const credentials = { kind: 'entra', token: 'canary.token' } as const;
    await adapter.invoke(target(path, { credentials }), HELLO, signal);
    const { headers } = provider.lastRequest;
    expect(headers.authorization).toBe('Bearer canary.token');
    expect(headers['api-key']).toBeUndefined();
  });

  it('an old version of the API for what it knows', async () => {
    provider.script = sse([delta({ content: 'hi' }, 'stop'), DONE]);
    const old = target('', { apiVersion: '2024-06-01' });
    await collect(adapter.stream(old, HELLO, signal));
    expect(provider.lastRequest.body).toEqual({
      model: 'gpt 4/o',
      messages: HELLO.messages,
      max_tokens: 16,
      stream: true,
    });
  });

  it('for nothing that the environment holds', async () => {
    vi.stubEnv('AZURE_OPENAI_API_KEY', 'environment');
    vi.stubEnv('AZURE_OPENAI_ENDPOINT', 'http://127.0.0.1:9/env');
    vi.stubEnv('OPENAI_API_VERSION', 'environment');
    vi.stubEnv('OPENAI_BASE_URL', 'http://127.0.0.1:9/env');
    await adapter.invoke(target('', { credentials: { kind: 'none' } }), HELLO, signal);
    expect(JSON.stringify(provider.lastRequest)).not.toContain('environment');
    expect(provider.lastRequest.headers['api-key']).toBeUndefined();
  });

  it('nowhere without an address, or with a key that cannot be sent', async () => {
    const none = await faultOf(adapter.invoke(target('', { baseUrl: null }), HELLO, signal));
    expect(none).toMatchObject({ category: 'CONFIGURATION_ERROR' });
    for (const credentials of [
      { kind: 'api_key', apiKey: 'secret\n' },
      { kind: 'entra', token: '' },
    ] as const) {
      const fault = await faultOf(adapter.invoke(target('', { credentials }), HELLO, signal));
      expect(fault).toMatchObject({ category: 'CONFIGURATION_ERROR' });
      expect(fault.message).not.toContain('secret');
    }
    expect(provider.requests).toHaveLength(0);
  });
});

describe('AzureOpenAiAdapter reads', () => {
  it('a whole answer with its region, and no error in a filter that is down', async () => {
    const choice = {
      message: { role: 'assistant', content: 'hi' },
      finish_reason: 'stop',
      content_filter_results: FILTER_DOWN,
      content_filter_result: FILTER_DOWN,
    };
    const payload = {
      model: 'gpt-4o-2024-08-06',
      choices: [choice],
      prompt_filter_results: [SAFE],
    };
    const headers = { 'x-ms-region': 'Sweden Central', 'apim-request-id': 'apim-1' };
    provider.script = json(payload, 200, headers);
    expect(await adapter.invoke(target(), HELLO, signal)).toMatchObject({
      text: 'hi',
      stopReason: 'stop',
      model: 'gpt-4o-2024-08-06',
      region: 'Sweden Central',
      requestId: 'apim-1',
      raw: payload,
    });
  });

  it('a stream whose first and last events are about the filter, and are no text', async () => {
    const events = [
      { id: '', model: '', object: '', choices: [], prompt_filter_results: [SAFE] },
      30,
      delta({ role: 'assistant', content: '' }),
      delta({ content: 'hi' }),
      delta({}, 'stop', { usage: null }),
      {
        id: '',
        model: '',
        choices: [
          {
            index: 0,
            finish_reason: null,
            content_filter_results: FILTER_DOWN,
            content_filter_offsets: {},
          },
        ],
      },
      { id: 'chatcmpl-1', model: 'scripted-1', choices: [], usage: { prompt_tokens: 3 } },
      DONE,
    ];
    provider.script = sse(events, { headers: { 'x-ms-region': 'Japan East' } });
    const answer = await collect(adapter.stream(target(), HELLO, signal));
    expect(answer).toMatchObject({
      text: 'hi',
      stopReason: 'stop',
      model: 'scripted-1',
      region: 'Japan East',
      usage: { inputTokens: 3 },
    });
    expect(answer.firstTokenMs).toBe(answer.chunks[2]?.atMs);
    expect(answer.chunks.filter(({ text }) => text !== '')).toHaveLength(1);
    expect(new Set(answer.chunks.map(({ id }) => id))).toEqual(new Set([null, 'chatcmpl-1']));
  });

  it('that its filter stopped the answer, whole or streamed', async () => {
    provider.script = json(completion({ content: 'I' }, 'content_filter'));
    const whole = await adapter.invoke(target(), HELLO, signal);
    expect(whole.stopReason).toBe('content_filter');
    provider.script = sse([delta({ content: 'I' }), delta({}, 'content_filter'), DONE]);
    const streamed = await collect(adapter.stream(target(), HELLO, signal));
    expect(streamed).toMatchObject({ text: 'I', stopReason: 'content_filter' });
  });
});

describe('AzureOpenAiAdapter fails', () => {
  it.each([
    [{ 'retry-after': '7' }, 7_000],
    [{ 'retry-after': '1', 'retry-after-ms': '1500' }, 1_500],
    [{ 'retry-after': '1', 'retry-after-ms': '900', 'x-ms-retry-after-ms': '2500' }, 2_500],
    [{ 'retry-after': '26', 'x-ms-retry-after-ms': '25001' }, 26_000],
  ])('as RATE_LIMIT, once, with the largest wait of %o', async (headers, retryAfterMs) => {
    const message = 'Requests to the ChatCompletions_Create Operation have exceeded the call rate.';
    const body = { error: { code: '429', message } };
    provider.script = json(body, 429, { ...headers, 'apim-request-id': 'apim-2' });
    const fault = await faultOf(adapter.invoke(target(), HELLO, signal));
    expect(fault).toMatchObject({ category: 'RATE_LIMIT', retryAfterMs, requestId: 'apim-2' });
    expect(provider.requests).toHaveLength(1);
  });

  it.each([
    [
      404,
      { error: { code: 'DeploymentNotFound', message: 'The API deployment does not exist.' } },
      { category: 'CONFIGURATION_ERROR', code: 'DeploymentNotFound' },
      'name of the deployment',
    ],
    [
      404,
      { error: { code: '404', message: 'Resource not found' } },
      { category: 'CONFIGURATION_ERROR', code: '404' },
      'version of the API',
    ],
    [
      401,
      { error: { code: 'PermissionDenied', message: 'Principal does not have access.' } },
      { category: 'PERMISSION_ERROR', code: 'PermissionDenied' },
      'role',
    ],
    [
      400,
      {
        error: {
          code: 'content_filter',
          status: 400,
          message: 'The response was filtered.',
          innererror: { code: 'ResponsibleAIPolicyViolation', content_filter_result: {} },
        },
      },
      { category: 'CONTENT_FILTERED', code: 'content_filter' },
      'filtered',
    ],
  ])('as the refusal says: %i %o', async (status, body, facts, words) => {
    provider.script = json(body, status);
    const fault = await faultOf(collect(adapter.stream(target(), HELLO, signal)));
    expect(fault).toMatchObject({ ...facts, status });
    expect(fault.message).toContain(words);
    expect(provider.requests).toHaveLength(1);
  });

  it('as CANCELLED when the caller gives up, and Azure notices', async () => {
    provider.script = { silent: true };
    const stop = new AbortController();
    const work = faultOf(adapter.invoke(target(), HELLO, stop.signal));
    await vi.waitFor(() => provider.lastRequest);
    stop.abort();
    expect((await work).category).toBe('CANCELLED');
    await provider.lastRequest.closed;
  });

  it('without its key or token in what it says', async () => {
    for (const credentials of [
      { kind: 'api_key', apiKey: KEY },
      { kind: 'entra', token: 'canary.token-1' },
    ] as const) {
      provider.script = json({ error: { message: `${KEY} canary.token-1 is wrong` } }, 401);
      const fault = await faultOf(adapter.invoke(target('', { credentials }), HELLO, signal));
      const secret = credentials.kind === 'entra' ? credentials.token : credentials.apiKey;
      expect(fault.message).not.toContain(secret);
    }
  });
});
