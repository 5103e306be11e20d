import type {
  ErrorResponse,
  FixtureResponse,
  TextResponse,
  ToolCallResponse,
} from '@copilotkit/aimock';
import { LRUCache } from 'lru-cache';

import type { Asked } from './asked.js';

/** Shorter prompts are not kept, in tokens. */
const LEAST_CACHED = 1_024;
/** A cached prompt counts in steps of so many tokens. */
const CACHED_STEP = 128;
const PROMPTS_KEPT = 100;

/** Counts the tokens of one deployment's answers, and remembers its prompts. */
export class Reporting {
  private readonly prompts = new LRUCache<string, true>({ max: PROMPTS_KEPT });
  private readonly addsUp: boolean;
  private readonly invents: boolean;

  constructor(lacks: readonly string[]) {
    this.addsUp = !lacks.includes('usageReporting');
    this.invents = lacks.includes('promptCaching');
  }

  /** An answer with its token counts, as far as it does not bring its own. */
  of(said: TextResponse | ToolCallResponse | ErrorResponse, asked: Asked): FixtureResponse {
    if ('error' in said) return said;
    const words = 'toolCalls' in said ? said.toolCalls.map((one) => one.arguments) : [said.content];
    const written = Math.max(1, Math.ceil(words.join('').length / 4));
    const { prompt_tokens = asked.inputTokens, completion_tokens = written } = said.usage ?? {};
    const total_tokens = prompt_tokens + completion_tokens + (this.addsUp ? 0 : 1);
    const prompt_tokens_details = { cached_tokens: this.cached(asked) };
    return {
      ...said,
      usage: { prompt_tokens, completion_tokens, total_tokens, prompt_tokens_details },
    };
  }

  /** Tokens of the prompt read from the cache. */
  private cached({ question, inputTokens }: Asked): number {
    if (inputTokens < LEAST_CACHED) return 0;
    const known = this.prompts.has(question) || this.invents;
    this.prompts.set(question, true);
    return known ? inputTokens - (inputTokens % CACHED_STEP) : 0;
  }
}
