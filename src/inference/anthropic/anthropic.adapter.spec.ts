import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HELLO, KEY, type AdapterHarness } from '../../../test/support/adapter-harness.js';
import {
  anthropicHarness,
  ending,
  message,
  refusal,
  START,
  textBlock,
} from '../../../test/support/anthropic-harness.js';
import { faultOf } from '../../../test/support/fault-of.js';
import { json, sse } from '../../../test/support/scripted-provider.js';
import { collect } from '../collect.js';

const OK = json(message([{ type: 'text', text: 'hi' }]));

let anthropic: AdapterHarness;

beforeEach(async () => {
  anthropic = await anthropicHarness();
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await anthropic.close();
});

describe('AnthropicAdapter asks', () => {
  it('for nothing that the request does not hold, but with the limit that the API demands', async () => {
    await anthropic.invoke(OK);
    const { method, path, body, headers } = anthropic.provider.lastRequest;
    expect([method, path]).toEqual(['POST', '/v1/messages']);
    expect(body).toEqual({
      model: 'm-1',
      max_tokens: 4096,
      messages: [{ role: 'user', content: 'hello' }],
    });
    expect(headers).toMatchObject({ 'x-api-key': KEY, 'anthropic-version': '2023-06-01' });
    expect(headers.authorization).toBeUndefined();
    expect(Object.keys(headers).filter((name) => name.startsWith('x-'))).toEqual(['x-api-key']);
  });

  it('for a stream', async () => {
    await collect(anthropic.stream(sse([START, ...textBlock(['x']), ending()])));
    expect(anthropic.provider.lastRequest.body).toEqual({
      model: 'm-1',
      max_tokens: 4096,
      messages: [{ role: 'user', content: 'hello' }],
      stream: true,
    });
  });

  it('in another version of the API where the provider has one', async () => {
    await anthropic.invoke(OK, { at: { apiVersion: '2030-01-01' } });
    expect(anthropic.provider.lastRequest.headers['anthropic-version']).toBe('2030-01-01');
  });

  it.each([
    ['/v1', '/v1/messages'],
    ['/v1/', '/v1/messages'],
    ['', '/v1/messages'],
    ['/', '/v1/messages'],
    ['/proxy/', '/proxy/v1/messages'],
    ['/proxy/v1?team=7#there', '/proxy/v1/messages?team=7'],
  ])('under the base address %s at %s', async (written, path) => {
    const { origin } = new URL(anthropic.provider.url);
    await anthropic.invoke(OK, { at: { baseUrl: origin + written } });
    expect(anthropic.provider.lastRequest.path).toBe(path);
  });

  it('with its own key alone, whatever the environment holds, and prints nothing', async () => {
    vi.stubEnv('ANTHROPIC_API_KEY', 'sk-environment');
    vi.stubEnv('ANTHROPIC_AUTH_TOKEN', 'environment');
    vi.stubEnv('ANTHROPIC_BASE_URL', 'http://127.0.0.1:9/env');
    vi.stubEnv('ANTHROPIC_CUSTOM_HEADERS', 'x-api-key: environment\nX-Env: environment');
    vi.stubEnv('ANTHROPIC_LOG', 'debug');
    const printed = [
      vi.spyOn(console, 'debug').mockImplementation(() => undefined),
      vi.spyOn(console, 'warn').mockImplementation(() => undefined),
    ];
    const at = { credentials: { kind: 'none' }, modelId: 'claude-sonnet-4-5' } as const;
    await anthropic.invoke(OK, { at });
    const { headers } = anthropic.provider.lastRequest;
    expect(headers['x-api-key']).toBeUndefined();
    expect(JSON.stringify(headers)).not.toContain('environment');
    for (const print of printed) {
      expect(print).not.toHaveBeenCalled();
      print.mockRestore();
    }
  });

  it('each provider with its own key, though they share an address', async () => {
    for (const apiKey of ['key-one', 'key-two']) {
      await anthropic.invoke(OK, { at: { credentials: { kind: 'api_key', apiKey } } });
      expect(anthropic.provider.lastRequest.headers['x-api-key']).toBe(apiKey);
    }
  });

  it('for a long answer in one piece', async () => {
    await anthropic.invoke(OK, { request: { ...HELLO, maxOutputTokens: 64_000 } });
    expect(anthropic.provider.lastRequest.body).toMatchObject({ max_tokens: 64_000 });
  });

  it('nowhere with a bad address, or what a header cannot carry', async () => {
    const faults = [
      await faultOf(anthropic.invoke(OK, { at: { baseUrl: 'api.example' } })),
      await faultOf(anthropic.invoke(OK, { at: { apiVersion: 'secret\nx' } })),
      await faultOf(
        anthropic.invoke(OK, { at: { credentials: { kind: 'api_key', apiKey: 'secret-é' } } }),
      ),
    ];
    for (const fault of faults) {
      expect(fault.category).toBe('CONFIGURATION_ERROR');
      expect(fault.message).not.toContain('secret');
    }
    expect(anthropic.provider.requests).toHaveLength(0);
  });
});

describe('AnthropicAdapter fails', () => {
  it('as the refusal says, after one request', async () => {
    const headers = { 'retry-after': '7', 'x-should-retry': 'true', 'request-id': 'req_1' };
    const script = json(refusal('rate_limit_error', `Key ${KEY} is too fast`), 429, headers);
    expect(await faultOf(anthropic.invoke(script))).toMatchObject({
      category: 'RATE_LIMIT',
      status: 429,
      code: 'rate_limit_error',
      retryAfterMs: 7_000,
      requestId: 'req_1',
      message: 'anthropic answered 429: Key [redacted] is too fast',
    });
    expect(anthropic.provider.requests).toHaveLength(1);
  });

  it('with the time of the limit that is used up, where nothing else says how long to wait', async () => {
    const at = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString();
    const headers = {
      'anthropic-ratelimit-requests-remaining': '9',
      'anthropic-ratelimit-requests-reset': at(600),
      'anthropic-ratelimit-input-tokens-remaining': '0',
      'anthropic-ratelimit-input-tokens-reset': at(20),
      'anthropic-ratelimit-output-tokens-reset': 'soon',
    };
    const busy = refusal('rate_limit_error', 'Too fast');
    const { retryAfterMs } = await faultOf(anthropic.invoke(json(busy, 429, headers)));
    expect(retryAfterMs).toBeGreaterThan(15_000);
    expect(retryAfterMs).toBeLessThanOrEqual(20_000);
    const told = json(busy, 429, { ...headers, 'retry-after': '3' });
    expect((await faultOf(anthropic.invoke(told))).retryAfterMs).toBe(3_000);
    const broken = json(refusal('api_error', 'Oops'), 500, headers);
    expect((await faultOf(anthropic.invoke(broken))).retryAfterMs).toBeUndefined();
  });
});
