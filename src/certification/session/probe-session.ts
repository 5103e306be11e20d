import { randomInt } from 'node:crypto';

import type { InferenceAnswer, InferenceRequest, StreamedAnswer } from '../../inference/adapter.js';
import { InferenceError } from '../../inference/inference-error.js';
import type { CapabilitiesDto } from '../../models/capabilities.dto.js';
import type { Exchange } from './exchange.js';
import { newNonce } from './nonce.js';
import type { Received, Sender } from './sender.js';
import { withoutThinking } from './thinking.js';

const DEFAULT_OUTPUT_TOKENS = 256;
const REASONING_OUTPUT_TOKENS = 4_096;
/** OpenAI's GPT-5 family refuses less. */
const LEAST_OUTPUT_TOKENS = 16;
const SPENT_ON_REASONING = 'BUDGET_CONSUMED_BY_REASONING';

/** An answer as probes judge it. */
export interface Reply {
  readonly answer: InferenceAnswer;
  /** Its text without reasoning that leaked into it. */
  readonly text: string;
  readonly warnings: readonly string[];
  readonly firstTokenMs: number | null;
}

export interface StreamedReply extends Reply {
  readonly answer: StreamedAnswer;
}

/** What a probe has at hand during one attempt. */
export class ProbeSession {
  /** The evidence of this attempt. */
  readonly exchanges: Exchange[] = [];

  /**
   * @param capabilities the claims of the base model
   * @param rephrase whether the usual wording met a content filter
   * @param earlier evidence of the run's earlier attempts, by probe
   */
  constructor(
    readonly capabilities: CapabilitiesDto,
    private readonly sender: Sender,
    private readonly rephrase: boolean,
    private readonly earlier: ReadonlyMap<string, readonly Exchange[]>,
  ) {}

  nonce(): string {
    return newNonce();
  }

  /** A whole number from `min` to `max`. */
  number(min: number, max: number): number {
    return randomInt(min, max + 1);
  }

  /** The usual words, or the other ones when the usual met a content filter. */
  wording(usual: string, other: string): string {
    return this.rephrase ? other : usual;
  }

  /** The last answered request of an earlier probe. */
  lastAnswered(probe: string): Exchange | null {
    return this.earlier.get(probe)?.findLast((exchange) => exchange.answered) ?? null;
  }

  /** Asks one question. */
  ask(label: string, prompt: string, outputTokens?: number): Promise<Reply> {
    return this.send(label, { messages: [{ role: 'user', content: prompt }] }, outputTokens);
  }

  /** Asks one question and reads the answer as a stream. */
  async askStreaming(label: string, prompt: string, outputTokens: number): Promise<StreamedReply> {
    const request: InferenceRequest = { messages: [{ role: 'user', content: prompt }] };
    const { answer, ...reply } = await this.exchange(label, request, true, outputTokens);
    if (!isStreamed(answer)) throw new Error('A stream ended in an answer without its events.');
    return { ...reply, answer };
  }

  send(label: string, request: InferenceRequest, outputTokens?: number): Promise<Reply> {
    return this.exchange(label, request, false, outputTokens);
  }

  /** Like `send`, but a request the provider understands and refuses is an outcome of its own. */
  async sendOrRejection(
    label: string,
    request: InferenceRequest,
  ): Promise<{ reply: Reply; rejection?: never } | { rejection: InferenceError; reply?: never }> {
    try {
      return { reply: await this.send(label, request) };
    } catch (error) {
      if (error instanceof InferenceError && isRejection(error)) return { rejection: error };
      throw error;
    }
  }

  private async exchange(
    label: string,
    request: InferenceRequest,
    streamed: boolean,
    outputTokens = DEFAULT_OUTPUT_TOKENS,
  ): Promise<Reply> {
    const budget = this.budget(outputTokens);
    let received = await this.within(budget, label, request, streamed);
    received ??= await this.within(budget * 4, `${label}, larger budget`, request, streamed);
    if (received === null) {
      throw new InferenceError('BUDGET_EXCEEDED', 'Reasoning used up the whole output budget.', {
        code: SPENT_ON_REASONING,
      });
    }
    const { text, leaked } = withoutThinking(received.answer.text);
    const { answer, firstTokenMs } = received;
    return { answer, firstTokenMs, text, warnings: leaked ? ['THINKING_LEAK'] : [] };
  }

  /** Null: reasoning used up the budget, by the answer or, at OpenAI, by an error. */
  private async within(
    maxOutputTokens: number,
    label: string,
    request: InferenceRequest,
    streamed: boolean,
  ): Promise<Received | null> {
    try {
      const received = await this.deliver(label, { ...request, maxOutputTokens }, streamed);
      return isSpentOnReasoning(received.answer) ? null : received;
    } catch (error) {
      if (error instanceof InferenceError && error.code === SPENT_ON_REASONING) return null;
      throw error;
    }
  }

  private deliver(label: string, request: InferenceRequest, streamed: boolean): Promise<Received> {
    return this.sender.send(label, request, streamed, (exchange) => this.exchanges.push(exchange));
  }

  private budget(wanted: number): number {
    const { reasoning, maxOutputTokens } = this.capabilities;
    const generous = reasoning ? Math.max(wanted, REASONING_OUTPUT_TOKENS) : wanted;
    return Math.max(LEAST_OUTPUT_TOKENS, Math.min(generous, maxOutputTokens));
  }
}

/** Whether a fault means that the provider understood the request and will not do it. */
export function isRejection({ category, status }: InferenceError): boolean {
  switch (category) {
    case 'CAPABILITY_UNSUPPORTED':
    case 'PARAMETER_UNSUPPORTED':
    case 'CONTEXT_LIMIT':
      return true;
    default:
      return category === 'UNKNOWN_ERROR' && status === 400;
  }
}

function isSpentOnReasoning({ text, stopReason, toolCalls, usage }: InferenceAnswer): boolean {
  const nothing = text.trim() === '' && toolCalls.length === 0;
  return nothing && stopReason === 'length' && (usage?.reasoningTokens ?? 0) > 0;
}

function isStreamed(answer: InferenceAnswer): answer is StreamedAnswer {
  return 'chunks' in answer;
}
