import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { faultOf } from '../../../test/support/fault-of.js';
import { HELLO, KEY, OpenAiHarness } from '../../../test/support/openai-harness.js';
import { completion, json } from '../../../test/support/scripted-provider.js';

const OK = json(completion({ content: 'hi' }));

let openai: OpenAiHarness;

beforeEach(async () => {
  openai = await OpenAiHarness.start();
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await openai.close();
});

describe('OpenAiAdapter asks', () => {
  it('for nothing that the request does not hold', async () => {
    await openai.invoke(OK);
    const { method, path, body, headers } = openai.provider.lastRequest;
    expect([method, path]).toEqual(['POST', '/v1/chat/completions']);
    expect(body).toEqual({ model: 'm-1', messages: [{ role: 'user', content: 'hello' }] });
    expect(headers.authorization).toBe(`Bearer ${KEY}`);
    expect(Object.keys(headers).filter((name) => name.startsWith('x-'))).toEqual([]);
  });

  it('for all that it does hold', async () => {
    await openai.invoke(OK, {
      request: {
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
        toolChoice: 'required',
        responseSchema: { name: 'sight', schema: { type: 'object' } },
        stop: ['END'],
        temperature: 0,
        topP: 0.5,
        reasoning: 'low',
        maxOutputTokens: 64,
        outputLimitParameter: 'max_completion_tokens',
      },
    });
    expect(openai.provider.lastRequest.body).toEqual({
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
      tool_choice: 'required',
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'sight', schema: { type: 'object' }, strict: true },
      },
      stop: ['END'],
      temperature: 0,
      top_p: 0.5,
      reasoning_effort: 'low',
      max_completion_tokens: 64,
    });
  });

  it('each call for itself: address, key and model, however many are under way', async () => {
    const other = await OpenAiHarness.start();
    const [one, two] = [openai, other].map(({ provider }) => provider);
    other.provider.script = OK;
    const calls = Array.from({ length: 20 }, (_, at) =>
      openai.invoke(OK, {
        at: {
          baseUrl: at % 2 === 0 ? (one?.url ?? '') : (two?.url ?? ''),
          credentials: { kind: 'api_key', apiKey: `key-${String(at)}` },
          modelId: `m-${String(at)}`,
        },
      }),
    );
    await Promise.all(calls);
    for (const [parity, provider] of [one, two].entries()) {
      const asked = provider?.requests.map(({ headers, body }) => [headers.authorization, body]);
      const expected = Array.from({ length: 10 }, (_, half) => {
        const at = String(half * 2 + parity);
        const messages = [{ role: 'user', content: 'hello' }];
        return [`Bearer key-${at}`, { model: `m-${at}`, messages }];
      });
      expect(asked).toHaveLength(10);
      expect(asked).toEqual(expect.arrayContaining(expected));
    }
    await other.close();
  });

  it('with max_tokens unless told otherwise', async () => {
    await openai.invoke(OK, { request: { ...HELLO, maxOutputTokens: 16, tools: [] } });
    expect(openai.provider.lastRequest.body).toEqual({
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
    await openai.invoke(OK, { at: { credentials: { kind: 'none' } } });
    expect(openai.provider.lastRequest.headers.authorization).toBeUndefined();
    expect(JSON.stringify(openai.provider.lastRequest.headers)).not.toContain('environment');
    expect(log).not.toHaveBeenCalled();
    log.mockRestore();
  });

  it('under the base address as given: slash, query, fragment', async () => {
    await openai.invoke(OK, { at: { baseUrl: `${openai.provider.url}/?api-version=7#there` } });
    expect(openai.provider.lastRequest.path).toBe('/v1/chat/completions?api-version=7');
  });

  it('nowhere when there is no address, a bad one, or a key that cannot be sent', async () => {
    const none = await faultOf(openai.invoke(OK, { at: { baseUrl: null } }));
    expect(none).toMatchObject({ category: 'CONFIGURATION_ERROR' });
    expect(none.message).toContain('acme');
    const bad = await faultOf(openai.invoke(OK, { at: { baseUrl: 'api.example' } }));
    expect(bad).toMatchObject({ category: 'CONFIGURATION_ERROR' });
    for (const apiKey of ['', 'secret\nX-Evil: 1', 'secret-é']) {
      const fault = await faultOf(
        openai.invoke(OK, { at: { credentials: { kind: 'api_key', apiKey } } }),
      );
      expect(fault).toMatchObject({ category: 'CONFIGURATION_ERROR' });
      expect(fault.message).not.toContain('secret');
    }
    expect(openai.provider.requests).toHaveLength(0);
  });
});

describe('OpenAiAdapter fails', () => {
  it('as the refusal says, after one request', async () => {
    const body = { error: { message: `Key ${KEY} timed out`, code: 'rate_limit_exceeded' } };
    const fault = await faultOf(
      openai.invoke(json(body, 429, { 'retry-after': '7', 'x-should-retry': 'true' })),
    );
    expect(fault).toMatchObject({
      category: 'RATE_LIMIT',
      retryClass: 'rate_limit',
      status: 429,
      code: 'rate_limit_exceeded',
      retryAfterMs: 7_000,
      message: 'acme answered 429: Key [redacted] timed out',
    });
    expect(openai.provider.requests).toHaveLength(1);
  });

  it('as TIMEOUT when our time is up, which a request may change', async () => {
    const started = performance.now();
    const fault = await faultOf(
      openai.invoke({ silent: true }, { request: { ...HELLO, timeoutMs: 100 } }),
    );
    expect(fault).toMatchObject({ category: 'TIMEOUT', code: 'TOTAL_TIMEOUT' });
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it('as CANCELLED when the caller gives up, and the provider notices', async () => {
    const stop = new AbortController();
    const work = faultOf(openai.invoke({ silent: true }, { signal: stop.signal }));
    await vi.waitFor(() => openai.provider.lastRequest);
    stop.abort();
    expect((await work).category).toBe('CANCELLED');
    await openai.provider.lastRequest.closed;
  });

  it('as CONFIGURATION_ERROR on a redirect, and as NETWORK_ERROR without a provider', async () => {
    const redirect = { status: 302, headers: { location: 'https://elsewhere.example/v1' } };
    expect(await faultOf(openai.invoke(redirect))).toMatchObject({
      category: 'CONFIGURATION_ERROR',
    });
    const closed = { at: { baseUrl: 'http://127.0.0.1:1/v1' } };
    expect(await faultOf(openai.invoke(OK, closed))).toMatchObject({ category: 'NETWORK_ERROR' });
  });
});
