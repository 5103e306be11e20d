import { LLMock } from '@copilotkit/aimock';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { InferenceRequest, AuthorizedTarget, ToolDefinition } from '../adapter.js';
import { collect } from '../collect.js';
import { Egress } from '../egress.js';
import { OpenAiAdapter } from './openai.adapter.js';

/** Against a simulator we did not write, so that our idea of the protocol is not its own judge. */
const mock = new LLMock({ port: 0 });
const egress = new Egress({ allowPrivate: true });
const adapter = new OpenAiAdapter(egress);
const { signal } = new AbortController();

const TOOL: ToolDefinition = {
  name: 'record_measurement',
  description: 'Records a measurement.',
  parameters: { type: 'object', properties: { quantity: { type: 'integer' } } },
};

let target: AuthorizedTarget;

beforeAll(async () => {
  await mock.start();
  target = {
    providerSlug: 'aimock',
    authType: 'api_key',
    baseUrl: `${mock.url}/v1`,
    credentials: { kind: 'api_key', apiKey: 'canary-key' },
    apiVersion: null,
    modelId: 'gpt-4o',
    region: 'global',
  };
});

beforeEach(() => {
  mock.reset();
});

afterAll(async () => {
  await egress.close();
  await mock.stop();
});

const ask = (content: string): InferenceRequest => ({ messages: [{ role: 'user', content }] });

describe('OpenAiAdapter and aimock', () => {
  it('chat', async () => {
    mock.onMessage('falcon', {
      content: 'falcon-4821',
      usage: { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 },
    });
    const answer = await adapter.invoke(target, ask('Reply with falcon-4821'), signal);
    expect(answer).toMatchObject({
      text: 'falcon-4821',
      stopReason: 'stop',
      usage: { inputTokens: 9, outputTokens: 3, totalTokens: 12 },
      model: 'gpt-4o',
    });
    expect(answer.requestId).toEqual(expect.any(String));
  });

  it('stream with its usage and its pace', async () => {
    mock.onMessage(
      'count',
      {
        content: '1 2 3 4 5 6 7 8',
        usage: { prompt_tokens: 9, completion_tokens: 8, total_tokens: 17 },
      },
      { chunkSize: 2, streamingProfile: { ttft: 80, tps: 100 } },
    );
    const answer = await collect(adapter.stream(target, ask('count'), signal));
    expect(answer).toMatchObject({
      text: '1 2 3 4 5 6 7 8',
      stopReason: 'stop',
      usage: { inputTokens: 9, outputTokens: 8, totalTokens: 17 },
    });
    expect(answer.firstTokenMs).toBeGreaterThan(60);
    expect(new Set(answer.chunks.map(({ id }) => id)).size).toBe(1);
    const times = answer.chunks.map(({ atMs }) => atMs);
    expect(times).toEqual([...times].sort((left, right) => left - right));
    expect(answer.totalMs - (answer.firstTokenMs ?? NaN)).toBeGreaterThan(30);
  });

  it('tool call, whole and streamed, and the leg that returns its result', async () => {
    const call = { id: 'call_1', name: TOOL.name, arguments: '{"quantity":42}' };
    mock.onToolResult('call_1', { content: 'Receipt heron-1177' });
    mock.onMessage('Record', { toolCalls: [call] });
    const request = { ...ask('Record a measurement'), tools: [TOOL] };
    const whole = await adapter.invoke(target, request, signal);
    expect(whole).toMatchObject({ toolCalls: [call], stopReason: 'tool_calls' });
    const streamed = await collect(adapter.stream(target, request, signal));
    expect(streamed).toMatchObject({ toolCalls: [call], stopReason: 'tool_calls' });
    const second = await adapter.invoke(
      target,
      {
        tools: [TOOL],
        messages: [
          ...request.messages,
          { role: 'assistant', text: whole.text, toolCalls: whole.toolCalls },
          { role: 'tool', toolCallId: 'call_1', content: '{"receipt":"heron-1177"}' },
        ],
      },
      signal,
    );
    expect(second.text).toBe('Receipt heron-1177');
  });

  it('429 with Retry-After, asked once', async () => {
    const error = { message: 'Slow down', type: 'rate_limit_error', code: 'rate_limit_exceeded' };
    mock.onMessage('busy', { error, status: 429, retryAfter: 3 });
    await expect(adapter.invoke(target, ask('busy'), signal)).rejects.toMatchObject({
      category: 'RATE_LIMIT',
      code: 'rate_limit_exceeded',
      retryAfterMs: 3_000,
    });
    expect(mock.getRequests()).toHaveLength(1);
  });

  it('500', async () => {
    mock.onMessage('broken', { error: { message: 'Oops', type: 'server_error' }, status: 500 });
    await expect(adapter.invoke(target, ask('broken'), signal)).rejects.toMatchObject({
      category: 'PROVIDER_ERROR',
      status: 500,
    });
  });

  it('malformed answer', async () => {
    mock.onMessage('malformed', { content: 'x' }, { chaos: { malformedRate: 1 } });
    await expect(adapter.invoke(target, ask('malformed'), signal)).rejects.toMatchObject({
      category: 'PROTOCOL_ERROR',
      code: 'INVALID_JSON',
    });
  });

  it('connection lost before the answer, and within a stream', async () => {
    mock.onMessage('gone', { content: 'x' }, { chaos: { disconnectRate: 1 } });
    await expect(adapter.invoke(target, ask('gone'), signal)).rejects.toMatchObject({
      category: 'NETWORK_ERROR',
    });
    mock.onMessage(
      'cut',
      { content: 'a long answer that is cut' },
      { latency: 20, chunkSize: 3, truncateAfterChunks: 3 },
    );
    const stream = collect(adapter.stream(target, ask('cut'), signal));
    await expect(stream).rejects.toMatchObject({ category: 'NETWORK_ERROR' });
  });
});
