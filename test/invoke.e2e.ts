import { randomBytes } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { AT_ONCE_MS, deployAt, HELLO, invoke } from './support/invoking.js';
import { CAPABILITIES, UNKNOWN } from './support/samples.js';
import { completion, json, ScriptedProvider, type Script } from './support/scripted-provider.js';
import { ADMIN_KEY, TestService } from './support/service.js';

const SECRET = 'canary-secret-31337';
const ACME = { slug: 'acme', authType: 'api_key' };
const PNG = 'iVBORw0KGgo=';
const PARIS = json(completion({ content: 'Paris.' }), 200, { 'x-request-id': 'req-1' });

let catalogue: TestService;
let provider: ScriptedProvider;
let deploymentId: string;

beforeAll(async () => {
  provider = await ScriptedProvider.start();
  catalogue = await TestService.start({ ACME_API_KEY: SECRET });
  const deployment = { regions: ['us-east-1', 'eu-west-1'] };
  ({ id: deploymentId } = await deployAt(catalogue, provider, deployment, {}, ACME));
});

afterAll(async () => {
  await catalogue.close();
  await provider.close();
});

/** The answer to a body, with the provider scripted. */
function ask(script: Script, body: object = HELLO, id = deploymentId) {
  provider.script = script;
  return invoke(catalogue, id, body);
}

/** What the provider was asked for a body. */
async function asked(body: object, id = deploymentId): Promise<object> {
  const { status, body: answer } = await ask(PARIS, body, id);
  expect(status, JSON.stringify(answer)).toBe(200);
  return Object(provider.lastRequest.body);
}

describe('an answer', () => {
  it('says what the model said, what it cost and how long it took', async () => {
    const { status, headers, body } = await ask(PARIS);
    expect(status).toBe(200);
    expect(body).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      deploymentId,
      region: 'us-east-1',
      model: 'scripted-1',
      answeredRegion: null,
      text: 'Paris.',
      reasoning: '',
      toolCalls: [],
      stopReason: 'stop',
      usage: {
        inputTokens: 11,
        outputTokens: 7,
        totalTokens: 18,
        reasoningTokens: null,
        cachedInputTokens: null,
        cacheWriteTokens: null,
      },
      cost: { inputUsd: 0.000033, outputUsd: 0.000105, totalUsd: 0.000138 },
      latency: { totalMs: expect.any(Number), firstTokenMs: null },
      requestId: 'req-1',
    });
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.has('etag')).toBe(false);
    expect(provider.lastRequest.headers.authorization).toBe(`Bearer ${SECRET}`);
  });

  it('has the calls of tools', async () => {
    const call = { id: 'c-1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } };
    const { body } = await ask(
      json(completion({ content: null, tool_calls: [call] }, 'tool_calls')),
    );
    expect(body).toMatchObject({
      text: '',
      stopReason: 'tool_calls',
      toolCalls: [{ id: 'c-1', name: 'f', arguments: '{"a":1}' }],
      requestId: null,
    });
  });

  it('has no cost without usage, or when throughput is paid by the hour', async () => {
    const silent = json(completion({ content: 'x' }, 'stop', { usage: undefined }));
    expect((await ask(silent)).body).toMatchObject({ usage: null, cost: null });
    const half = json(completion({ content: 'x' }, 'stop', { usage: { prompt_tokens: 11 } }));
    expect((await ask(half)).body).toMatchObject({ usage: { inputTokens: 11 }, cost: null });
    const { id } = await deployAt(catalogue, provider, {
      inferenceType: 'PROVISIONED',
      costPerHour: 20,
      providerConfig: { arn: 'arn:aws:bedrock:us-east-1:1:provisioned-model/x' },
    });
    expect((await ask(PARIS, HELLO, id)).body).toMatchObject({ cost: null, region: 'global' });
    expect(provider.lastRequest.body).toMatchObject({ model: expect.stringMatching(/^arn:/) });
  });
});

describe('what the provider is asked', () => {
  it('is the prompt', async () => {
    expect(await asked({ prompt: '  hello ', system: 'Be brief.' })).toMatchObject({
      model: 'm-1',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: '  hello ' },
      ],
    });
  });

  it('is the conversation, with images, tools and what they came to', async () => {
    const parameters = { type: 'object', properties: { city: { type: 'string' } } };
    const messages = [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is this?' },
          { type: 'image', mediaType: 'image/png', data: PNG },
        ],
      },
      { role: 'assistant', toolCalls: [{ id: 'c-1', name: 'look', arguments: '{"a":1}' }] },
      { role: 'tool', toolCallId: 'c-1', content: 'A cat.' },
      { role: 'assistant', content: 'A cat.' },
      { role: 'user', content: 'Sure?' },
    ];
    const tools = [{ name: 'look', description: 'Looks.', parameters }];
    expect(await asked({ messages, tools })).toMatchObject({
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}` } },
          ],
        },
        {
          role: 'assistant',
          content: null,
          tool_calls: [
            { id: 'c-1', type: 'function', function: { name: 'look', arguments: '{"a":1}' } },
          ],
        },
        { role: 'tool', tool_call_id: 'c-1', content: 'A cat.' },
        { role: 'assistant', content: 'A cat.' },
        { role: 'user', content: 'Sure?' },
      ],
      tools: [{ type: 'function', function: { name: 'look', description: 'Looks.', parameters } }],
    });
  });

  it('is in the region of the input, else the first of the deployment', async () => {
    expect((await ask(PARIS, { ...HELLO, region: 'eu-west-1' })).body.region).toBe('eu-west-1');
    const { id } = await deployAt(catalogue, provider);
    expect((await ask(PARIS, { ...HELLO, region: 'global' }, id)).body.region).toBe('global');
    const other = await ask(PARIS, { ...HELLO, region: 'eu-west-1' }, id);
    expect(other.body).toMatchObject({ status: 400, errors: [{ pointer: '/region' }] });
  });

  it('has the stored parameters where the input says nothing', async () => {
    const model = { defaultParams: { maxTokens: 100, topK: 5 } };
    const plain = await deployAt(catalogue, provider, {}, model);
    expect(await asked(HELLO, plain.id)).toMatchObject({ max_tokens: 100 });
    expect(await asked({ ...HELLO, maxOutputTokens: 5 }, plain.id)).toMatchObject({
      max_tokens: 5,
    });
    const custom = await deployAt(catalogue, provider, { customParams: { maxTokens: 50 } }, model);
    expect(await asked(HELLO, custom.id)).toMatchObject({ max_tokens: 50 });
  });

  it('may be an image of many megabytes', async () => {
    const data = randomBytes(14 * 1024 * 1024).toString('base64');
    const content = [{ type: 'image', mediaType: 'image/jpeg', data }];
    const { status } = await ask(PARIS, { messages: [{ role: 'user', content }] });
    expect(status).toBe(200);
    expect(JSON.stringify(provider.lastRequest.body)).toContain(data.slice(-100));
  });
});

describe('a bad request', () => {
  const user = (content: unknown) => ({ messages: [{ role: 'user', content }] });
  const image = (data: unknown) => user([{ type: 'image', mediaType: 'image/png', data }]);
  const tool = { name: 'f', parameters: {} };
  const most = CAPABILITIES.maxOutputTokens;

  it.each<[string, object]>([
    ['/messages', {}],
    ['/prompt', { ...HELLO, ...user('x') }],
    ['/prompt', { prompt: '' }],
    ['/messages', { messages: [] }],
    ['/messages', { messages: 'x' }],
    ['/messages', { messages: [null] }],
    ['/messages/0/role', { messages: [{ role: 'system', content: 'x' }] }],
    ['/messages/0/role', { messages: [{ role: ['user'], content: 'x' }] }],
    ['/messages/0/content', user('')],
    ['/messages/0/content', user([])],
    ['/messages/0/content', user(5)],
    ['/messages/0/content', user([['x']])],
    ['/messages/0/content/0/type', user([{ type: 'sound', text: 'x' }])],
    ['/messages/0/content/0/text', user([{ type: 'text' }])],
    ['/messages/0/content/0/data', user([{ type: 'text', text: 'x', data: PNG }])],
    ['/messages/0/content/0/mediaType', user([{ type: 'image', mediaType: 'x', data: PNG }])],
    ['/messages/0/content/0/data', image('not base64!')],
    ['/messages/0/content/0/data', image('iVBORw0KGgo')],
    ['/messages/0/content/0/data', image('')],
    ['/messages/0/content/0/data', image(5)],
    ['/messages/0/toolCallId', { messages: [{ role: 'tool', content: 'x' }] }],
    [
      '/messages/0/toolCalls/0/name',
      { messages: [{ role: 'assistant', toolCalls: [{ id: 'x' }] }] },
    ],
    ['/tools/0/name', { ...HELLO, tools: [{ ...tool, name: 'a b' }] }],
    ['/tools/1/name', { ...HELLO, tools: [tool, tool] }],
    ['/tools/0/parameters', { ...HELLO, tools: [{ name: 'f', parameters: [] }] }],
    [
      '/tools/0/parameters/properties/toString',
      { ...HELLO, tools: [{ name: 'f', parameters: { properties: { toString: {} } } }] },
    ],
    ['/toolChoice', { ...HELLO, tools: [tool], toolChoice: 'f' }],
    ['/toolChoice', { ...HELLO, tools: [tool], toolChoice: { name: 'g' } }],
    ['/toolChoice', { ...HELLO, tools: [tool], toolChoice: { name: 'f', more: 1 } }],
    ['/toolChoice', { ...HELLO, toolChoice: 'required' }],
    ['/responseSchema/schema', { ...HELLO, responseSchema: { name: 'x' } }],
    ['/stop', { ...HELLO, stop: 'x' }],
    ['/temperature', { ...HELLO, temperature: 2.1 }],
    ['/topP', { ...HELLO, topP: -0.1 }],
    ['/maxOutputTokens', { ...HELLO, maxOutputTokens: 0 }],
    ['/maxOutputTokens', { ...HELLO, maxOutputTokens: most + 1 }],
    ['/reasoning', { ...HELLO, reasoning: 'much' }],
    ['/region', { ...HELLO, region: 'us-west-2' }],
    ['/stream', { ...HELLO, stream: 'yes' }],
    ['/timeoutMs', { ...HELLO, timeoutMs: 999 }],
    ['/timeoutMs', { ...HELLO, timeoutMs: 300_001 }],
    ['/model', { ...HELLO, model: 'x' }],
  ])('is told at %s: %j', async (pointer, body) => {
    const before = provider.requests.length;
    for (const stream of [undefined, true]) {
      const answer = await ask(PARIS, { stream, ...body });
      expect(answer.status).toBe(400);
      expect(answer.body.errors).toContainEqual(expect.objectContaining({ pointer }));
    }
    expect(provider.requests).toHaveLength(before);
  });

  it('is told of a call that must be made, and tools there are none', async () => {
    const { body } = await ask(PARIS, { ...HELLO, toolChoice: 'required' });
    const message = 'must not be required without tools';
    expect(body.errors).toEqual([{ pointer: '/toolChoice', message }]);
  });

  it('takes the largest answer the model is claimed to write', async () => {
    expect(await asked({ ...HELLO, maxOutputTokens: most })).toMatchObject({ max_tokens: most });
  });

  it('names a deployment that is there and active, at an active provider', async () => {
    expect((await ask(PARIS, HELLO, UNKNOWN)).status).toBe(404);
    expect((await ask(PARIS, HELLO, 'x')).status).toBe(400);
    const { id, providerId } = await deployAt(catalogue, provider);
    const provided = `/api/v2/providers/${providerId}`;
    await catalogue.call('PATCH', provided, { isActive: false });
    expect((await ask(PARIS, HELLO, id)).body).toMatchObject({
      status: 409,
      detail: 'The provider is not active.',
    });
    await catalogue.call('PATCH', provided, { isActive: true });
    await catalogue.call('PATCH', `/api/v2/deployments/${id}`, { isActive: false });
    expect((await ask(PARIS, HELLO, id)).body).toMatchObject({
      status: 409,
      detail: 'The deployment is not active.',
    });
  });
});

describe('a fault of the provider', () => {
  const refusal = (error: object, status: number, headers = {}) =>
    json({ error: { message: `No, ${SECRET}.`, ...error } }, status, headers);

  it.each<[string, Script, number, object]>([
    ['breaks down', refusal({}, 500), 502, { category: 'PROVIDER_ERROR' }],
    [
      'refuses the key',
      refusal({ code: 'invalid_api_key' }, 401, { 'x-request-id': 'req-9' }),
      502,
      {
        category: 'AUTHENTICATION_ERROR',
        providerCode: 'invalid_api_key',
        providerRequestId: 'req-9',
      },
    ],
    ['throttles', refusal({}, 429, { 'retry-after': '7' }), 503, { category: 'RATE_LIMIT' }],
    [
      'cannot hold the prompt',
      refusal({ code: 'context_length_exceeded' }, 400),
      422,
      { category: 'CONTEXT_LIMIT' },
    ],
    [
      'refuses the content',
      refusal({ code: 'content_filter' }, 400),
      422,
      { category: 'CONTENT_FILTERED' },
    ],
    ['answers nonsense', json('nonsense'), 502, { category: 'PROTOCOL_ERROR' }],
    ['cuts the connection', { ...PARIS, body: ['{'], ending: 'cut' }, 502, {}],
  ])('%s', async (_, script, status, members) => {
    for (const stream of [false, true]) {
      const answer = await ask(script, { ...HELLO, stream });
      expect(answer.status).toBe(status);
      expect(answer.body).toMatchObject({ status, ...members });
      expect(answer.text).not.toContain(SECRET);
      if (status === 503) expect(answer.headers.get('retry-after')).toBe('7');
    }
  });

  it('may be its silence', async () => {
    const answer = await ask({ silent: true }, { ...HELLO, timeoutMs: 1_000 });
    expect(answer.body).toMatchObject({ status: 504, category: 'TIMEOUT' });
    await provider.lastRequest.closed;
  });
});

it('ends the call of the provider as soon as the client goes away', async () => {
  provider.script = { silent: true };
  const before = provider.requests.length;
  const gone = new AbortController();
  const asking = fetch(`${catalogue.url}/api/v2/deployments/${deploymentId}/invoke`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify(HELLO),
    signal: gone.signal,
  });
  await expect.poll(() => provider.requests.length).toBe(before + 1);
  const left = performance.now();
  gone.abort();
  await expect(asking).rejects.toThrow('aborted');
  expect((await provider.lastRequest.closed) - left).toBeLessThan(AT_ONCE_MS);
});

it('is measured', async () => {
  const { id } = await deployAt(catalogue, provider);
  await ask(PARIS, HELLO, id);
  await ask(json({ error: {} }, 500), HELLO, id);
  await ask(json({ error: {} }, 429), HELLO, id);
  await ask(json({ error: { message: 'Messages must alternate.' } }, 400), HELLO, id);
  const sums = await vi.waitFor(
    async () => {
      const { body } = await catalogue.call('GET', `/api/v2/metrics/${id}`);
      const series = Array.isArray(body.series) ? body.series.map(Object) : [];
      const totals = series.map(({ metricType, total }) => [metricType, total]);
      expect(Object.fromEntries(totals)).toMatchObject({ error_rate: { count: 2 } });
      return Object.fromEntries(totals) as object;
    },
    { timeout: 5_000, interval: 100 },
  );
  expect(sums).toMatchObject({
    error_rate: { count: 2, sum: 1 },
    latency: { count: 1 },
    usage: { count: 1, sum: 18 },
    cost: { count: 1, sum: 0.000138 },
  });
});
