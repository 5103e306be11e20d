import type {
  ContentFilterResultsForChoiceOutput,
  ContentFilterResultsForPromptOutput,
} from '@azure/openai/types';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { faultOf } from '../../../test/support/fault-of.js';
import { HELLO, KEY, OpenAiHarness } from '../../../test/support/openai-harness.js';
import { completion, delta, DONE, json, sse } from '../../../test/support/scripted-provider.js';
import type { AuthorizedTarget } from '../adapter.js';
import { collect } from '../collect.js';
import { AzureOpenAiAdapter } from './azure-openai.adapter.js';

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

let azure: OpenAiHarness;

beforeEach(async () => {
  azure = await OpenAiHarness.start({}, (egress) => new AzureOpenAiAdapter(egress));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await azure.close();
});

function at(path = '', changes: Partial<AuthorizedTarget> = {}): Partial<AuthorizedTarget> {
  const baseUrl = `http://127.0.0.1:${String(azure.provider.port)}${path}`;
  return { providerSlug: 'azure', baseUrl, modelId: 'gpt 4/o', ...changes };
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
    const request = { ...HELLO, maxOutputTokens: 16 };
    await azure.invoke(OK, { request, at: at(path, { apiVersion }) });
    const { method, path: got, body, headers } = azure.provider.lastRequest;
    expect([method, got]).toEqual(['POST', asked]);
    expect(body).toEqual({
      model: 'gpt 4/o',
      messages: HELLO.messages,
      max_completion_tokens: 16,
    });
    expect(headers['api-key']).toBe(KEY);
    expect(headers.authorization).toBeUndefined();
  });

  it.each(['', '/openai/v1'])('with a token of Entra ID at %j', async (path) => {
    const credentials = { kind: 'entra', token: 'canary.token' } as const;
    await azure.invoke(OK, { at: at(path, { credentials }) });
    const { headers } = azure.provider.lastRequest;
    expect(headers.authorization).toBe('Bearer canary.token');
    expect(headers['api-key']).toBeUndefined();
  });

  it('an old version of the API for what it knows', async () => {
    const script = sse([delta({ content: 'hi' }, 'stop'), DONE]);
    const request = { ...HELLO, maxOutputTokens: 16 };
    await collect(azure.stream(script, { request, at: at('', { apiVersion: '2024-06-01' }) }));
    expect(azure.provider.lastRequest.body).toEqual({
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
    await azure.invoke(OK, { at: at('', { credentials: { kind: 'none' } }) });
    expect(JSON.stringify(azure.provider.lastRequest)).not.toContain('environment');
    expect(azure.provider.lastRequest.headers['api-key']).toBeUndefined();
  });

  it('nowhere without an address, or with a key that cannot be sent', async () => {
    const none = await faultOf(azure.invoke(OK, { at: at('', { baseUrl: null }) }));
    expect(none).toMatchObject({ category: 'CONFIGURATION_ERROR' });
    expect(none.message).toContain('https://NAME.openai.azure.com');
    for (const credentials of [
      { kind: 'api_key', apiKey: 'secret\n' },
      { kind: 'entra', token: '' },
    ] as const) {
      const fault = await faultOf(azure.invoke(OK, { at: at('', { credentials }) }));
      expect(fault).toMatchObject({ category: 'CONFIGURATION_ERROR' });
      expect(fault.message).not.toContain('secret');
    }
    expect(azure.provider.requests).toHaveLength(0);
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
    expect(await azure.invoke(json(payload, 200, headers), { at: at() })).toMatchObject({
      text: 'hi',
      stopReason: 'stop',
      model: 'gpt-4o-2024-08-06',
      region: 'Sweden Central',
      requestId: 'apim-1',
      raw: payload,
    });
  });

  it('a stream whose first and last events are about the filter, and are no text', async () => {
    const filtered = { content_filter_results: FILTER_DOWN, content_filter_offsets: {} };
    const script = sse(
      [
        { id: '', model: '', object: '', choices: [], prompt_filter_results: [SAFE] },
        30,
        delta({ role: 'assistant', content: '' }),
        delta({ content: 'hi' }),
        delta({}, 'stop', { usage: null }),
        { id: '', model: '', choices: [{ index: 0, finish_reason: null, ...filtered }] },
        { id: 'chatcmpl-1', model: 'scripted-1', choices: [], usage: { prompt_tokens: 3 } },
        DONE,
      ],
      { headers: { 'x-ms-region': 'Japan East' } },
    );
    const answer = await collect(azure.stream(script, { at: at() }));
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
    const whole = json(completion({ content: 'I' }, 'content_filter'));
    expect((await azure.invoke(whole, { at: at() })).stopReason).toBe('content_filter');
    const streamed = sse([delta({ content: 'I' }), delta({}, 'content_filter'), DONE]);
    const answer = await collect(azure.stream(streamed, { at: at() }));
    expect(answer).toMatchObject({ text: 'I', stopReason: 'content_filter' });
  });
});
