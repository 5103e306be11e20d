import { describe, expect, it } from 'vitest';
import { againstAimock, ask, expectToolUse } from '../../../test/support/aimock.js';
import { KEYS, SONNET } from '../../../test/support/bedrock-harness.js';
import type { AuthorizedTarget } from '../adapter.js';
import { collect } from '../collect.js';
import { BedrockAdapter } from './bedrock.adapter.js';

const aimock = againstAimock((egress) => new BedrockAdapter(egress));
const { mock, adapter, signal } = aimock;
const USAGE = { prompt_tokens: 9, completion_tokens: 8, total_tokens: 17 };

const target = (): AuthorizedTarget => ({
  providerSlug: 'aimock',
  authType: 'aws_credentials',
  baseUrl: mock.url,
  credentials: KEYS,
  apiVersion: null,
  modelId: SONNET,
  region: 'eu-west-1',
});

describe('BedrockAdapter and aimock', () => {
  it('chat, with reasoning', async () => {
    mock.onMessage('falcon', { content: 'falcon-4821', reasoning: 'Hm.', usage: USAGE });
    const request = { ...ask('Reply with falcon-4821'), reasoning: 'low' } as const;
    expect(await adapter.invoke(target(), request, signal)).toMatchObject({
      text: 'falcon-4821',
      reasoning: 'Hm.',
      stopReason: 'stop',
      usage: { inputTokens: 9, outputTokens: 8, totalTokens: 17 },
      replay: [{ reasoningContent: { reasoningText: { text: 'Hm.' } } }, { text: 'falcon-4821' }],
    });
    expect(await collect(adapter.stream(target(), request, signal))).toMatchObject({
      text: 'falcon-4821',
      reasoning: 'Hm.',
      replay: [{ reasoningContent: { reasoningText: { text: 'Hm.' } } }, { text: 'falcon-4821' }],
    });
  });

  it('stream with its usage and its pace', async () => {
    mock.onMessage(
      'count',
      { content: '1 2 3 4 5 6 7 8', usage: USAGE },
      { chunkSize: 2, streamingProfile: { ttft: 80, tps: 100 } },
    );
    const answer = await collect(adapter.stream(target(), ask('count'), signal));
    expect(answer).toMatchObject({
      text: '1 2 3 4 5 6 7 8',
      stopReason: 'stop',
      usage: { inputTokens: 9, outputTokens: 8, totalTokens: 17 },
    });
    expect(answer.firstTokenMs).toBeGreaterThan(60);
    const times = answer.chunks.map(({ atMs }) => atMs);
    expect(times).toEqual([...times].sort((left, right) => left - right));
    expect(answer.totalMs - (answer.firstTokenMs ?? NaN)).toBeGreaterThan(30);
  });

  it('tool call, whole and streamed, and the leg that returns its result', () =>
    expectToolUse(aimock, target(), 'call_1'));

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
    await expect(collect(adapter.stream(target(), ask('cut'), signal))).rejects.toMatchObject({
      category: 'NETWORK_ERROR',
    });
  });
});
