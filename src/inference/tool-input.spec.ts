import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { HELLO, type AdapterHarness } from '../../test/support/adapter-harness.js';
import { anthropicHarness, message } from '../../test/support/anthropic-harness.js';
import { converse, eventStream } from '../../test/support/aws-event-stream.js';
import { BedrockHarness } from '../../test/support/bedrock-harness.js';
import { json } from '../../test/support/scripted-provider.js';
import { collect } from './collect.js';
import { InferenceError } from './inference-error.js';

const nested = (depth: number) => `{"at":${'['.repeat(depth)}${']'.repeat(depth)}}`;

/** What a provider is sent whose model is said to have called a tool with these arguments. */
async function sent(harness: AdapterHarness, answer: object, args: string): Promise<string> {
  const call = { id: 'c1', name: 'look', arguments: args };
  const turn = { role: 'assistant', text: '', toolCalls: [call] } as const;
  const result = { role: 'tool', toolCallId: 'c1', content: 'seen' } as const;
  const request = { messages: [...HELLO.messages, turn, result] };
  await harness.invoke(json(answer), { request });
  return JSON.stringify(harness.provider.lastRequest.body);
}

describe('Arguments that nest', () => {
  let bedrock: AdapterHarness;
  let anthropic: AdapterHarness;

  beforeEach(async () => {
    [bedrock, anthropic] = await Promise.all([BedrockHarness.start(), anthropicHarness()]);
  });

  afterEach(async () => {
    await Promise.all([bedrock.close(), anthropic.close()]);
  });

  // The SDK exhausts the stack at about 2,700 levels, and who writes JSON with a replacer at 2,200.
  it.each([100, 1_000, 2_000, 2_200, 2_400, 2_600, 2_800, 5_000, 100_000])(
    '%i levels at Bedrock are read, or break the protocol',
    async (depth) => {
      const body = JSON.stringify(
        converse([{ toolUse: { toolUseId: 'c1', name: 'look', input: {} } }], 'tool_use'),
      ).replace('"input":{}', `"input":${nested(depth)}`);
      const said = await bedrock.invoke(json(body)).then(
        ({ toolCalls }) => toolCalls[0]?.arguments === nested(depth),
        (error: unknown) => error instanceof InferenceError && error.category === 'PROTOCOL_ERROR',
      );
      expect(said).toBe(true);
    },
  );

  it('without end in a stream that reasons are read as they came', async () => {
    const delta = (fields: object, contentBlockIndex: number) => ({
      contentBlockDelta: { delta: fields, contentBlockIndex },
    });
    const start = { toolUse: { toolUseId: 'a', name: 'one' } };
    const { toolCalls } = await collect(
      bedrock.stream(
        eventStream([
          { messageStart: { role: 'assistant' } },
          delta({ reasoningContent: { text: 'hm' } }, 0),
          { contentBlockStart: { start, contentBlockIndex: 1 } },
          delta({ toolUse: { input: nested(100_000) } }, 1),
          { messageStop: { stopReason: 'tool_use' } },
        ]),
      ),
    );
    expect(toolCalls).toEqual([{ id: 'a', name: 'one', arguments: nested(100_000) }]);
  });

  it('as deep as any tool takes them are sent', async () => {
    expect(await sent(bedrock, converse([]), nested(200))).toContain(nested(200));
    expect(await sent(anthropic, message([]), nested(200))).toContain(nested(200));
  });

  it.each([2_000, 5_000, 100_000])(
    '%i levels are sent as those that are no JSON',
    async (depth) => {
      expect(await sent(bedrock, converse([]), nested(depth))).toContain('"input":{}');
      expect(await sent(anthropic, message([]), nested(depth))).toContain(
        '"input":{"INVALID_JSON":"',
      );
    },
  );
});
