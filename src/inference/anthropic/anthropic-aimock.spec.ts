import { describe, expect, it } from 'vitest';
import { againstAimock, ask, expectToolUse } from '../../../test/support/aimock.js';
import type { AuthorizedTarget } from '../adapter.js';
import { collect } from '../collect.js';
import { AnthropicAdapter } from './anthropic.adapter.js';

const aimock = againstAimock((egress) => new AnthropicAdapter(egress));
const { mock, adapter, signal } = aimock;

const target = (): AuthorizedTarget => ({
  providerSlug: 'anthropic-mock',
  authType: 'api_key',
  baseUrl: mock.url,
  credentials: { kind: 'api_key', apiKey: 'canary-key' },
  apiVersion: null,
  modelId: 'claude-haiku-4-5',
  region: 'global',
});

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
    expect(await adapter.invoke(target(), ask('count'), signal)).toMatchObject(expected);
    const answer = await collect(adapter.stream(target(), ask('count'), signal));
    expect(answer).toMatchObject(expected);
    expect(answer.firstTokenMs).toBeGreaterThan(60);
    expect(answer.totalMs - (answer.firstTokenMs ?? NaN)).toBeGreaterThan(30);
  });

  it('tool call, whole and streamed, and the leg that returns its result', () =>
    expectToolUse(aimock, target(), 'toolu_1'));

  it('429 with Retry-After, asked once', async () => {
    const error = { message: 'Slow down', type: 'rate_limit_error' };
    mock.onMessage('busy', { error, status: 429, retryAfter: 3 });
    await expect(adapter.invoke(target(), ask('busy'), signal)).rejects.toMatchObject({
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
    const stream = collect(adapter.stream(target(), ask('cut'), signal));
    await expect(stream).rejects.toMatchObject({ category: 'NETWORK_ERROR' });
  });
});
