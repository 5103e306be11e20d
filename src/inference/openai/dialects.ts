import type { OutputLimitParameter, ReasoningEffort } from '../adapter.js';

/**
 * What has to be known of a server before it is asked. How it answers needs no such knowledge: an
 * answer shows which of the known forms it has, and the readers take them all.
 */
export interface Dialect {
  /** What the limit on output tokens is called where the caller does not say. */
  readonly outputLimit: OutputLimitParameter;
  /** Whether `stream_options` may be sent, which asks for the usage at the end of a stream. */
  readonly streamOptions: boolean;
  /** The fields that switch reasoning on. */
  readonly reasoning: (effort: ReasoningEffort) => object;
}

/** What nearly every server understands. */
const NEUTRAL: Dialect = {
  outputLimit: 'max_tokens',
  streamOptions: true,
  reasoning: (effort) => ({ reasoning_effort: effort }),
};

/** OpenAI deprecated `max_tokens`, and its reasoning models reject it. */
export const OPENAI: Dialect = { ...NEUTRAL, outputLimit: 'max_completion_tokens' };

/** Mistral rejects `stream_options`, and sends the usage unasked. */
const MISTRAL: Dialect = { ...NEUTRAL, streamOptions: false };

/** OpenRouter, "Reasoning Tokens". */
const OPENROUTER: Dialect = { ...NEUTRAL, reasoning: (effort) => ({ reasoning: { effort } }) };

/** DeepSeek, "Thinking Mode". */
const DEEPSEEK: Dialect = {
  ...NEUTRAL,
  reasoning: (effort) => ({ thinking: { type: 'enabled' }, reasoning_effort: effort }),
};

/** vLLM, "Reasoning Outputs": whether a model thinks is for its template, which names the switch. */
const VLLM: Dialect = {
  ...NEUTRAL,
  reasoning: (effort) => ({
    reasoning_effort: effort,
    chat_template_kwargs: { thinking: true, enable_thinking: true },
  }),
};

/** llama.cpp's server, README: the effort too is for the template. */
const LLAMA_CPP: Dialect = {
  ...NEUTRAL,
  reasoning: (effort) => ({
    chat_template_kwargs: { enable_thinking: true, reasoning_effort: effort },
  }),
};

interface Known {
  readonly dialect: Dialect;
  /** Its hosts; left out: everybody runs it on a host of their own. */
  readonly host?: RegExp;
  /** The slugs of providers that run it. */
  readonly slug: RegExp;
}

/** Who does not speak the neutral dialect. Groq, Ollama, Together, xAI and many others do. */
const KNOWN: readonly Known[] = [
  { dialect: OPENAI, host: /^api\.openai\.com$|\.api\.openai\.com$/, slug: /^openai$/ },
  { dialect: MISTRAL, host: /(?:^|\.)mistral\.ai$/, slug: /^mistral(?:-|$)/ },
  { dialect: OPENROUTER, host: /(?:^|\.)openrouter\.ai$/, slug: /^openrouter(?:-|$)/ },
  { dialect: DEEPSEEK, host: /(?:^|\.)deepseek\.com$/, slug: /^deepseek(?:-|$)/ },
  { dialect: VLLM, slug: /^(?:vllm|sglang)(?:-|$)/ },
  { dialect: LLAMA_CPP, slug: /^llama-?cpp(?:-|$)/ },
];

/** The dialect of a server: by its host, else by the slug of its provider, else the neutral one. */
export function dialectOf(hostname: string, providerSlug: string): Dialect {
  const known =
    KNOWN.find(({ host }) => host?.test(hostname)) ??
    KNOWN.find(({ slug }) => slug.test(providerSlug));
  return known?.dialect ?? NEUTRAL;
}
