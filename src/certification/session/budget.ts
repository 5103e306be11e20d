import type { ContentPart, InferenceRequest, Message, Usage } from '../../inference/adapter.js';
import { InferenceError } from '../../inference/inference-error.js';
import { jsonText } from '../../shared/json.js';

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

/** Whether what a provider reports can be a number of tokens. */
export function isCount(reported: number | null | undefined): reported is number {
  return typeof reported === 'number' && Number.isSafeInteger(reported) && reported >= 0;
}

/** Rather too many tokens than too few for what a request sends. */
export function inputTokensOf({
  system = '',
  messages,
  tools,
  responseSchema,
}: InferenceRequest): number {
  const images = messages.flatMap(partsOf).filter(({ type }) => type === 'image').length;
  const chars =
    system.length +
    sum(messages.map(charsOf)) +
    (tools || responseSchema ? JSON.stringify({ tools, responseSchema }).length : 0);
  return Math.ceil(chars / LEAST_CHARS_PER_TOKEN) + images * IMAGE_TOKENS;
}

function charsOf(message: Message): number {
  if (message.role === 'assistant') return jsonText(message)?.length ?? 0;
  const { content } = message;
  const said =
    typeof content === 'string'
      ? content.length
      : sum(partsOf(message).map((part) => (part.type === 'text' ? part.text.length : 0)));
  return said + MESSAGE_CHARS;
}

function partsOf(message: Message): readonly ContentPart[] {
  return message.role === 'user' && typeof message.content !== 'string' ? message.content : [];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
