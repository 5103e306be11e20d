import { LLMock } from '@copilotkit/aimock';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';

import type {
  Adapter,
  AuthorizedTarget,
  InferenceRequest,
  ToolDefinition,
} from '../../src/inference/adapter.js';
import { collect } from '../../src/inference/collect.js';
import { Egress } from '../../src/inference/egress.js';

export const TOOL: ToolDefinition = {
  name: 'record_measurement',
  description: 'Records a measurement.',
  parameters: { type: 'object', properties: { quantity: { type: 'integer' } } },
};

export const ask = (content: string): InferenceRequest => ({
  messages: [{ role: 'user', content }],
});

/**
 * An adapter and a simulator we did not write, so that our idea of the protocol is not its own
 * judge. To be called once, at the top of a spec.
 */
export function againstAimock(create: (egress: Egress) => Adapter) {
  const mock = new LLMock({ port: 0 });
  const egress = new Egress({ allowPrivate: true });
  beforeAll(async () => {
    await mock.start();
  });
  beforeEach(() => {
    mock.reset();
  });
  afterAll(async () => {
    await egress.close();
    await mock.stop();
  });
  return { mock, adapter: create(egress), signal: new AbortController().signal };
}

/** A tool is called, whole and streamed, and what it returns is used in the next turn. */
export async function expectToolUse(
  { mock, adapter, signal }: ReturnType<typeof againstAimock>,
  target: AuthorizedTarget,
  callId: string,
): Promise<void> {
  const call = { id: callId, name: TOOL.name, arguments: '{"quantity":42}' };
  mock.onToolResult(callId, { content: 'Receipt heron-1177' });
  mock.onMessage('Record', { toolCalls: [call] });
  const request = { ...ask('Record a measurement'), tools: [TOOL] };
  const whole = await adapter.invoke(target, request, signal);
  expect(whole).toMatchObject({ toolCalls: [call], stopReason: 'tool_calls' });
  const streamed = await collect(adapter.stream(target, request, signal));
  expect(streamed).toMatchObject({ toolCalls: [call], stopReason: 'tool_calls' });
  const { text, toolCalls } = whole;
  const messages = [
    ...request.messages,
    { role: 'assistant', text, toolCalls },
    { role: 'tool', toolCallId: callId, content: '{"receipt":"heron-1177"}' },
  ] as const;
  const second = await adapter.invoke(target, { tools: [TOOL], messages }, signal);
  expect(second.text).toBe('Receipt heron-1177');
}
