import { describe, expect, it } from 'vitest';
import { againstAimock, ask, expectToolUse } from '../../../test/support/aimock.js';
import type { AuthorizedTarget } from '../adapter.js';
import { collect } from '../collect.js';
import { OpenAiAdapter } from './openai.adapter.js';

const aimock = againstAimock((egress) => new OpenAiAdapter(egress));
const { mock, adapter, signal } = aimock;

const target = (): AuthorizedTarget => ({
  providerSlug: 'aimock',
  authType: 'api_key',
  baseUrl: `${mock.url}/v1`,
  credentials: { kind: 'api_key', apiKey: 'canary-key' },
  apiVersion: null,
  modelId: 'gpt-4o',
  region: 'global',
});

describe('OpenAiAdapter and aimock', () => {
  it('chat', async () => {
    mock.onMessage('falcon', {
      content: 'falcon-4821',
      usage: { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 },
    });
    const answer = await adapter.invoke(target(), ask('Reply with falcon-4821'), signal);
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
    const answer = await collect(adapter.stream(target(), ask('count'), signal));
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

  it('tool call, whole and streamed, and the leg that returns its result', () =>
    expectToolUse(aimock, target(), 'call_1'));

  it('429 with Retry-After, asked once', async () => {
    const error = { message: 'Slow down', type: 'rate_limit_error', code: 'rate_limit_exceeded' };
    mock.onMessage('busy', { error, status: 429, retryAfter: 3 });
    await expect(adapter.invoke(target(), ask('busy'), signal)).rejects.toMatchObject({
      category: 'RATE_LIMIT',
      code: 'rate_limit_exceeded',
      retryAfterMs: 3_000,
    });
    expect(mock.getRequests()).toHaveLength(1);
  });

  it('500', async () => {
    mock.onMessage('broken', { error: { message: 'Oops', type: 'server_error' }, status: 500 });
    await expect(adapter.invoke(target(), ask('broken'), signal)).rejects.toMatchObject({
      category: 'PROVIDER_ERROR',
      status: 500,
    });
  });

  it('malformed answer', async () => {
    mock.onMessage('malformed', { content: 'x' }, { chaos: { malformedRate: 1 } });
    await expect(adapter.invoke(target(), ask('malformed'), signal)).rejects.toMatchObject({
      category: 'PROTOCOL_ERROR',
      code: 'INVALID_JSON',
    });
  });

  it('connection lost before the answer, and within a stream', async () => {
    mock.onMessage('gone', { content: 'x' }, { chaos: { disconnectRate: 1 } });
    await expect(adapter.invoke(target(), ask('gone'), signal)).rejects.toMatchObject({
      category: 'NETWORK_ERROR',
    });
    mock.onMessage(
      'cut',
      { content: 'a long answer that is cut' },
      { latency: 20, chunkSize: 3, truncateAfterChunks: 3 },
    );
    const stream = collect(adapter.stream(target(), ask('cut'), signal));
    await expect(stream).rejects.toMatchObject({ category: 'NETWORK_ERROR' });
  });
});
