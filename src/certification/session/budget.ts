import type { InferenceRequest, Usage } from '../../inference/adapter.js';
import { InferenceError } from '../../inference/inference-error.js';
import { sizeOf } from '../../inference/request-size.js';
import { isCount } from '../../inference/usage.js';

/** Code of the fault when the next request might cost more than the run may. */
export const OVER_BUDGET = 'MAX_COST_REACHED';

/** Few texts have tokens shorter than this. */
const LEAST_CHARS_PER_TOKEN = 3;
/** What a message takes beside its text, its role among it. */
const MESSAGE_CHARS = 40;
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
   * @param window tokens that the model holds, the answer and what it thinks included
   */
  constructor(
    private readonly maxUsd: number | null,
    private spentUsd: number,
    private readonly costOf: CostOf,
    private readonly window: number,
  ) {}

  /** @throws InferenceError BUDGET_EXCEEDED, before a request that might not be paid for */
  ask(tokens: Tokens): void {
    if (this.maxUsd === null || this.spentUsd + this.costOf(tokens) <= this.maxUsd) return;
    const message = `Another request might exceed ${this.maxUsd} USD.`;
    throw new InferenceError('BUDGET_EXCEEDED', message, { code: OVER_BUDGET });
  }

  /**
   * Notes what was used; what is not reported, or as no count, counts as much as was asked for, and
   * what the window cannot hold as much as it can.
   * @returns what it counts
   */
  spend(usage: Usage | null, asked: Tokens): Tokens {
    const charged = {
      inputTokens: this.charge(usage?.inputTokens, asked.inputTokens),
      outputTokens: this.charge(usage?.outputTokens, asked.outputTokens),
    };
    this.spentUsd += this.costOf(charged);
    return charged;
  }

  /** As much as was asked for is believed in any case: a window may be declared too small. */
  private charge(reported: number | null | undefined, asked: number): number {
    return isCount(reported) ? Math.min(reported, Math.max(this.window, asked)) : asked;
  }
}

/** Rather too many tokens than too few for what a request sends. */
export function inputTokensOf(request: InferenceRequest): number {
  const { characters, images } = sizeOf(request);
  const chars = characters + request.messages.length * MESSAGE_CHARS;
  return Math.ceil(chars / LEAST_CHARS_PER_TOKEN) + images * IMAGE_TOKENS;
}
