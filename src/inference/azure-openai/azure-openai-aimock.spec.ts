import { describe, expect, it } from 'vitest';
import { againstAimock, ask, TOOL } from '../../../test/support/aimock.js';
import type { AuthorizedTarget } from '../adapter.js';
import { collect } from '../collect.js';
import { AzureOpenAiAdapter } from './azure-openai.adapter.js';

const { mock, adapter, signal } = againstAimock((egress) => new AzureOpenAiAdapter(egress));

const target = (path: string): AuthorizedTarget => ({
  providerSlug: 'azure-sim',
  authType: 'api_key',
  baseUrl: `${mock.url}${path}`,
  credentials: { kind: 'api_key', apiKey: 'canary-key' },
  apiVersion: null,
  modelId: 'my-deployment',
  region: 'global',
});

/** At both forms of Azure's address. */
describe.each(['', '/openai/v1'])('AzureOpenAiAdapter and aimock at %s', (path) => {
  it('chat', async () => {
    mock.on({ model: 'my-deployment', userMessage: 'falcon' }, { content: 'falcon-4821' });
    const answer = await adapter.invoke(target(path), ask('falcon'), signal);
    expect(answer).toMatchObject({ text: 'falcon-4821', stopReason: 'stop' });
  });

  it('stream, and the tool call it ends in', async () => {
    const call = { id: 'call_1', name: TOOL.name, arguments: '{"quantity":42}' };
    mock.onMessage('count', { content: '1 2 3 4' }, { chunkSize: 2 });
    mock.onMessage('Record', { toolCalls: [call] });
    const counted = await collect(adapter.stream(target(path), ask('count'), signal));
    expect(counted).toMatchObject({ text: '1 2 3 4', stopReason: 'stop' });
    const request = { ...ask('Record it'), tools: [TOOL] };
    const recorded = await collect(adapter.stream(target(path), request, signal));
    expect(recorded).toMatchObject({ toolCalls: [call], stopReason: 'tool_calls' });
  });

  it('429, asked once', async () => {
    const error = { message: 'Slow down', type: 'rate_limit_error', code: '429' };
    mock.onMessage('busy', { error, status: 429, retryAfter: 3 });
    await expect(adapter.invoke(target(path), ask('busy'), signal)).rejects.toMatchObject({
      category: 'RATE_LIMIT',
      retryAfterMs: 3_000,
    });
    expect(mock.getRequests()).toHaveLength(1);
  });
});
