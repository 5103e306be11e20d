import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { converse } from '../../../../test/support/aws-event-stream.js';
import { BedrockHarness, HELLO } from '../../../../test/support/bedrock-harness.js';
import { faultOf } from '../../../../test/support/fault-of.js';
import { json } from '../../../../test/support/scripted-provider.js';
import type { InferenceRequest, ReasoningEffort } from '../../adapter.js';

let bedrock: BedrockHarness;

beforeEach(async () => {
  bedrock = await BedrockHarness.start();
});

afterEach(() => bedrock.close());

async function bodyOf(modelId: string, fields: Partial<InferenceRequest>): Promise<unknown> {
  const request = { ...HELLO, ...fields };
  await bedrock.invoke(json(converse([{ text: 'hi' }])), { request, at: { modelId } });
  return bedrock.provider.lastRequest.body;
}

const thinking = (budget_tokens: number) => ({ thinking: { type: 'enabled', budget_tokens } });
const adaptive = (effort: string) => ({
  thinking: { type: 'adaptive' },
  output_config: { effort },
});
const nova = (maxReasoningEffort: string) => ({
  reasoningConfig: { type: 'enabled', maxReasoningEffort },
});

describe('Reasoning', () => {
  it.each<[string, ReasoningEffort, object | undefined]>([
    ['anthropic.claude-3-7-sonnet-20250219-v1:0', 'low', thinking(1024)],
    ['us.anthropic.claude-opus-4-20250514-v1:0', 'medium', thinking(4096)],
    ['anthropic.claude-opus-4-1-20250805-v1:0', 'high', thinking(16_384)],
    ['global.anthropic.claude-haiku-4-5-20251001-v1:0', 'low', thinking(1024)],
    ['us.anthropic.claude-sonnet-4-6', 'low', adaptive('low')],
    ['us.anthropic.claude-opus-4-7', 'high', adaptive('high')],
    ['anthropic.claude-opus-5', 'medium', adaptive('medium')],
    ['us.amazon.nova-2-lite-v1:0', 'low', nova('low')],
    ['us.amazon.nova-2-lite-v1:0', 'high', nova('high')],
    ['openai.gpt-oss-120b-1:0', 'medium', { reasoning_effort: 'medium' }],
    ['us.deepseek.r1-v1:0', 'low', undefined],
  ])('of %s, %s', async (modelId, reasoning, fields) => {
    const body = await bodyOf(modelId, { reasoning, maxOutputTokens: 32_000 });
    expect(body).toMatchObject({ messages: [{}] });
    if (fields === undefined) expect(body).not.toHaveProperty('additionalModelRequestFields');
    else expect(body).toHaveProperty('additionalModelRequestFields', fields);
  });

  it.each<[ReasoningEffort, number | undefined, number]>([
    ['high', undefined, 16_384],
    ['medium', 4096, 3072],
    ['high', 2000, 1500],
    ['low', 1025, 1024],
  ])(
    'of Claude at %s within %s tokens leaves room for the answer',
    async (reasoning, max, budget) => {
      const modelId = 'anthropic.claude-sonnet-4-5-20250929-v1:0';
      const limit = max === undefined ? {} : { maxOutputTokens: max };
      const body = await bodyOf(modelId, { reasoning, ...limit });
      expect(body).toMatchObject({ additionalModelRequestFields: thinking(budget) });
    },
  );

  it('of Claude without room is refused before anything is asked', async () => {
    const modelId = 'anthropic.claude-sonnet-4-5-20250929-v1:0';
    const request = { ...HELLO, reasoning: 'low', maxOutputTokens: 1024 } as const;
    const fault = await faultOf(bedrock.invoke({}, { request, at: { modelId } }));
    expect(fault).toMatchObject({ category: 'PARAMETER_UNSUPPORTED', param: 'reasoning' });
    expect(bedrock.provider.requests).toHaveLength(0);
  });

  it('of Nova at its highest goes without a limit on the output', async () => {
    const modelId = 'us.amazon.nova-2-lite-v1:0';
    const low = await bodyOf(modelId, { reasoning: 'low', maxOutputTokens: 64, topP: 1 });
    expect(low).toHaveProperty('inferenceConfig', { maxTokens: 64, topP: 1 });
    const high = await bodyOf(modelId, { reasoning: 'high', maxOutputTokens: 64, topP: 1 });
    expect(high).toHaveProperty('inferenceConfig', { topP: 1 });
  });

  it.each([
    'anthropic.claude-v2:1',
    'anthropic.claude-3-5-sonnet-20241022-v2:0',
    'anthropic.claude-3-haiku-20240307-v1:0',
    'amazon.nova-pro-v1:0',
    'amazon.titan-text-express-v1',
    'us.meta.llama3-3-70b-instruct-v1:0',
    'mistral.mistral-large-2407-v1:0',
    'deepseek.v3-v1:0',
    'openai.gpt-5.4',
    'cohere.command-r-v1:0',
    'newvendor.some-model-v1:0',
    'arn:aws:bedrock:us-east-1:123456789012:imported-model/a1b2c3d4e5f6',
    'no model id',
  ])('of %s is not known: nothing is asked', async (modelId) => {
    const request = { ...HELLO, reasoning: 'low' } as const;
    const fault = await faultOf(bedrock.invoke({}, { request, at: { modelId } }));
    expect(fault).toMatchObject({ category: 'PARAMETER_UNSUPPORTED', param: 'reasoning' });
    expect(bedrock.provider.requests).toHaveLength(0);
  });
});
