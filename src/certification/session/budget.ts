import type { InferenceRequest, Usage } from '../../inference/adapter.js';
import { InferenceError } from '../../inference/inference-error.js';
import { isObject } from '../../shared/json.js';

/** Code of the fault when the next request might cost more than the run may. */
export const OVER_BUDGET = 'MAX_COST_REACHED';

/** Few texts have tokens shorter than this. */
const LEAST_CHARS_PER_TOKEN = 3;
/** The dearest model known counts a small image as 8,500 tokens. */
const IMAGE_TOKENS = 8_500;

/** Tokens of a request and its answer. */
export interface Tokens {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** US dollars for some tokens. */
export type CostOf = (tokens: Tokens) => number;

/**
 * What a run may cost. It is asked before every request and told what each came to, so that a run
 * never costs more than its limit and one request.
 */
export class Budget {
  /**
   * @param maxUsd US dollars; null: unbounded
   * @param spentUsd what the run has cost already
   */
  constructor(
    private readonly maxUsd: number | null,
    private spentUsd: number,
    private readonly costOf: CostOf,
  ) {}

  /** @throws InferenceError BUDGET_EXCEEDED, before a request that might not be paid for */
  ask(tokens: Tokens): void {
    if (this.maxUsd === null || this.spentUsd + this.costOf(tokens) <= this.maxUsd) return;
    const message = `Another request might exceed ${this.maxUsd} USD.`;
    throw new InferenceError('BUDGET_EXCEEDED', message, { code: OVER_BUDGET });
  }

  /** Notes what was used; what is not reported counts as much as was asked for. */
  spend(usage: Usage | null, asked: Tokens): void {
    const { inputTokens, outputTokens } = asked;
    this.spentUsd += this.costOf({
      inputTokens: usage?.inputTokens ?? inputTokens,
      outputTokens: usage?.outputTokens ?? outputTokens,
    });
  }
}

/** Rather too many tokens than too few for what a request sends. */
export function inputTokensOf({
  system,
  messages,
  tools,
  responseSchema,
}: InferenceRequest): number {
  let images = 0;
  const text = JSON.stringify({ system, messages, tools, responseSchema }, (_, value: unknown) => {
    if (!isObject(value) || value.type !== 'image') return value;
    images += 1;
    return null;
  });
  return Math.ceil(text.length / LEAST_CHARS_PER_TOKEN) + images * IMAGE_TOKENS;
}
