import { LLMock } from '@copilotkit/aimock';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AuthorizedTarget, InferenceRequest, ToolDefinition } from '../adapter.js';
import { collect } from '../collect.js';
import { Egress } from '../egress.js';
import { AnthropicAdapter } from './anthropic.adapter.js';

/** Against a simulator we did not write, so that our idea of the protocol is not its own judge. */
const mock = new LLMock({ port: 0 });
const egress = new Egress({ allowPrivate: true });
const adapter = new AnthropicAdapter(egress);
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
    providerSlug: 'anthropic-mock',
    authType: 'api_key',
    baseUrl: mock.url,
    credentials: { kind: 'api_key', apiKey: 'canary-key' },
    apiVersion: null,
    modelId: 'claude-haiku-4-5',
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

describe('AnthropicAdapter and aimock', () => {
  it('chat, whole and streamed, with reasoning and its pace', async () => {
    mock.onMessage(
      'count',
      {
        content: '1 2 3 4 5 6 7 8',
        reasoning: 'Count up.',
        usage: { input_tokens: 9, output_tokens: 8 },
      },
      { chunkSize: 2, streamingProfile: { ttft: 80, tps: 100 } },
    );
    const expected = {
      text: '1 2 3 4 5 6 7 8',
      reasoning: 'Count up.',
      stopReason: 'stop',
      usage: { inputTokens: 9, outputTokens: 8, totalTokens: null },
      model: 'claude-haiku-4-5',
      replay: [{ type: 'thinking', thinking: 'Count up.' }, { type: 'text' }],
    };
    expect(await adapter.invoke(target, ask('count'), signal)).toMatchObject(expected);
    const answer = await collect(adapter.stream(target, ask('count'), signal));
    expect(answer).toMatchObject(expected);
    expect(answer.firstTokenMs).toBeGreaterThan(60);
    expect(answer.totalMs - (answer.firstTokenMs ?? NaN)).toBeGreaterThan(30);
  });

  it('tool call, whole and streamed, and the leg that returns its result', async () => {
    const call = { id: 'toolu_1', name: TOOL.name, arguments: '{"quantity":42}' };
    mock.onToolResult('toolu_1', { content: 'Receipt heron-1177' });
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
          { role: 'tool', toolCallId: 'toolu_1', content: '{"receipt":"heron-1177"}' },
        ],
      },
      signal,
    );
    expect(second.text).toBe('Receipt heron-1177');
  });

  it('429 with Retry-After, asked once', async () => {
    const error = { message: 'Slow down', type: 'rate_limit_error' };
    mock.onMessage('busy', { error, status: 429, retryAfter: 3 });
    await expect(adapter.invoke(target, ask('busy'), signal)).rejects.toMatchObject({
      category: 'RATE_LIMIT',
      code: 'rate_limit_error',
      retryAfterMs: 3_000,
    });
    expect(mock.getRequests()).toHaveLength(1);
  });

  it('connection lost within a stream', async () => {
    mock.onMessage(
      'cut',
      { content: 'a long answer that is cut' },
      { latency: 20, chunkSize: 3, truncateAfterChunks: 3 },
    );
    const stream = collect(adapter.stream(target, ask('cut'), signal));
    await expect(stream).rejects.toMatchObject({ category: 'NETWORK_ERROR' });
  });
});
