import { describe, expect, it } from 'vitest';
import { dialectOf } from './dialects.js';

const seen = (host: string, slug: string): unknown[] => {
  const { outputLimit, streamOptions, reasoning } = dialectOf(host, slug);
  return [outputLimit, streamOptions, reasoning('low')];
};

const NEUTRAL = ['max_tokens', true, { reasoning_effort: 'low' }];
const OPENAI = ['max_completion_tokens', true, { reasoning_effort: 'low' }];
const MISTRAL = ['max_tokens', false, { reasoning_effort: 'low' }];
const OPENROUTER = ['max_tokens', true, { reasoning: { effort: 'low' } }];
const DEEPSEEK = ['max_tokens', true, { thinking: { type: 'enabled' }, reasoning_effort: 'low' }];
const VLLM = [
  'max_tokens',
  true,
  { reasoning_effort: 'low', chat_template_kwargs: { thinking: true, enable_thinking: true } },
];
const LLAMA_CPP = [
  'max_tokens',
  true,
  { chat_template_kwargs: { enable_thinking: true, reasoning_effort: 'low' } },
];

describe('the dialect', () => {
  it.each<[string, string, unknown[]]>([
    ['api.openai.com', 'acme', OPENAI],
    ['eu.api.openai.com', 'acme', OPENAI],
    ['gateway.example', 'openai', OPENAI],
    ['gateway.example', 'openai-compatible', NEUTRAL],
    ['api.mistral.ai', 'acme', MISTRAL],
    ['codestral.mistral.ai', 'acme', MISTRAL],
    ['openrouter.ai', 'acme', OPENROUTER],
    ['api.deepseek.com', 'acme', DEEPSEEK],
    ['10.0.0.7', 'vllm', VLLM],
    ['10.0.0.7', 'sglang-2', VLLM],
    ['10.0.0.7', 'llama-cpp', LLAMA_CPP],
    ['10.0.0.7', 'llamacpp-home', LLAMA_CPP],
    ['localhost', 'ollama', NEUTRAL],
    ['api.groq.com', 'groq', NEUTRAL],
    ['api.acme.example', 'acme', NEUTRAL],
    ['api.openai.com.evil.example', 'acme', NEUTRAL],
    ['notmistral.ai', 'mistralesque', NEUTRAL],
  ])('of %s, provider %s', (host, slug, expected) => {
    expect(seen(host, slug)).toEqual(expected);
  });

  it('goes by the host before the slug', () => {
    expect(seen('api.mistral.ai', 'openai')).toEqual(MISTRAL);
  });
});
