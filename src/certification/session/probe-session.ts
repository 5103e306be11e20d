import { randomInt } from 'node:crypto';

import type { CertificationProfile } from '../../generated/prisma/client.js';
import type { InferenceAnswer, InferenceRequest, StreamedAnswer } from '../../inference/adapter.js';
import { InferenceError } from '../../inference/inference-error.js';
import type { CapabilitiesDto } from '../../models/capabilities.dto.js';
import type { Exchange } from './exchange.js';
import { newNonce } from './nonce.js';
import type { Received, Sender, Sending } from './sender.js';
import { withoutThinking } from './thinking.js';

const DEFAULT_OUTPUT_TOKENS = 256;
const REASONING_OUTPUT_TOKENS = 4_096;
/** OpenAI's GPT-5 family refuses less. */
export const LEAST_OUTPUT_TOKENS = 16;
/** Code of the fault when a model thought until nothing was left for its answer. */
export const SPENT_ON_REASONING = 'BUDGET_CONSUMED_BY_REASONING';

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

/** A reply, or the provider's refusal of a request it understood. */
export type ReplyOrRejection =
  | { readonly reply: Reply; readonly rejection?: never }
  | { readonly rejection: InferenceError; readonly reply?: never };

export interface SendOptions {
  /** Output the probe needs; more is allowed to a model that reasons, never more than it declares. */
  readonly outputTokens?: number;
  /** The limit itself is tested: sent as it is, and not raised when reasoning used it up. */
  readonly exactOutputTokens?: number;
  /** Time for the whole call, in milliseconds. */
  readonly timeoutMs?: number;
}

/** What a session is made of. */
export interface SessionOptions {
  /** The claims of the base model. */
  readonly capabilities: CapabilitiesDto;
  readonly profile: CertificationProfile;
  readonly sender: Sender;
  /** Whether the usual wording met a content filter. */
  readonly rephrase: boolean;
  /** Evidence of the run's earlier attempts, by probe. */
  readonly earlier: ReadonlyMap<string, readonly Exchange[]>;
}

/** What a probe has at hand during one attempt. */
export class ProbeSession {
  /** The evidence of this attempt. */
  readonly exchanges: Exchange[] = [];
  readonly capabilities: CapabilitiesDto;
  readonly profile: CertificationProfile;

  constructor(private readonly options: SessionOptions) {
    this.capabilities = options.capabilities;
    this.profile = options.profile;
  }

  nonce(): string {
    return newNonce();
  }

  /** A whole number from `min` to `max`. */
  number(min: number, max: number): number {
    return randomInt(min, max + 1);
  }

  /** The usual words, or the other ones when the usual met a content filter. */
  wording(usual: string, other: string): string {
    return this.options.rephrase ? other : usual;
  }

  /**
   * Waits, by the first wait after a transient fault, which is one second.
   * @throws InferenceError CANCELLED when the run is cancelled meanwhile
   */
  pause(backoffs: number): Promise<void> {
    return this.options.sender.pause(backoffs);
  }

  /** The last answered request of an earlier probe. */
  lastAnswered(probe: string): Exchange | null {
    return this.options.earlier.get(probe)?.findLast((exchange) => exchange.answered) ?? null;
  }

  /** Asks one question. */
  ask(label: string, prompt: string, options?: SendOptions): Promise<Reply> {
    return this.send(label, { messages: [{ role: 'user', content: prompt }] }, options);
  }

  /** Asks one question and reads the answer as a stream. */
  askStreaming(label: string, prompt: string, options?: SendOptions): Promise<StreamedReply> {
    return this.stream(label, { messages: [{ role: 'user', content: prompt }] }, options);
  }

  send(label: string, request: InferenceRequest, options?: SendOptions): Promise<Reply> {
    return this.exchange(label, request, { streamed: false }, options);
  }

  async stream(
    label: string,
    request: InferenceRequest,
    options?: SendOptions,
  ): Promise<StreamedReply> {
    const { answer, ...reply } = await this.exchange(label, request, { streamed: true }, options);
    if (!isStreamed(answer)) throw new Error('A stream ended in an answer without its events.');
    return { ...reply, answer };
  }

  /** Like `send`, but a request the provider understands and refuses is an outcome of its own. */
  async sendOrRejection(
    label: string,
    request: InferenceRequest,
    options?: SendOptions,
  ): Promise<ReplyOrRejection> {
    try {
      return { reply: await this.send(label, request, options) };
    } catch (error) {
      if (error instanceof InferenceError && isRejection(error)) return { rejection: error };
      throw error;
    }
  }

  /** Asks for a model that the provider does not have; the fault it answers with, null: it answered. */
  async faultOfUnknownModel(label: string, prompt: string): Promise<InferenceError | null> {
    const request: InferenceRequest = { messages: [{ role: 'user', content: prompt }] };
    try {
      await this.exchange(label, request, { streamed: false, unknownModel: true });
      return null;
    } catch (error) {
      if (error instanceof InferenceError && error.category !== 'CANCELLED') return error;
      throw error;
    }
  }

  private async exchange(
    label: string,
    request: InferenceRequest,
    sending: Sending,
    options: SendOptions = {},
  ): Promise<Reply> {
    const { exactOutputTokens, outputTokens = DEFAULT_OUTPUT_TOKENS, timeoutMs } = options;
    const asked = timeoutMs === undefined ? request : { ...request, timeoutMs };
    const received =
      exactOutputTokens === undefined
        ? await this.withinBudget(
            label,
            asked,
            sending,
            outputBudget(this.capabilities, outputTokens),
          )
        : await this.deliver(label, { ...asked, maxOutputTokens: exactOutputTokens }, sending);
    const { answer, firstTokenMs } = received;
    if (answer.stopReason === 'content_filter') {
      throw new InferenceError('CONTENT_FILTERED', 'A content filter ended the answer.');
    }
    const { text, leaked } = withoutThinking(answer.text);
    return { answer, firstTokenMs, text, warnings: leaked ? ['THINKING_LEAK'] : [] };
  }

  private async withinBudget(
    label: string,
    request: InferenceRequest,
    sending: Sending,
    budget: number,
  ): Promise<Received> {
    let received = await this.within(budget, label, request, sending);
    received ??= await this.within(budget * 4, `${label}, larger budget`, request, sending);
    if (received) return received;
    throw new InferenceError('BUDGET_EXCEEDED', 'Reasoning used up the whole output budget.', {
      code: SPENT_ON_REASONING,
    });
  }

  /** Null: reasoning used up the budget, by the answer or, at OpenAI, by an error. */
  private async within(
    maxOutputTokens: number,
    label: string,
    request: InferenceRequest,
    sending: Sending,
  ): Promise<Received | null> {
    try {
      const received = await this.deliver(label, { ...request, maxOutputTokens }, sending);
      return isSpentOnReasoning(received.answer) ? null : received;
    } catch (error) {
      if (error instanceof InferenceError && error.code === SPENT_ON_REASONING) return null;
      throw error;
    }
  }

  private deliver(label: string, request: InferenceRequest, sending: Sending): Promise<Received> {
    return this.options.sender.send(label, request, sending, (exchange) =>
      this.exchanges.push(exchange),
    );
  }
}

/**
 * Output tokens a request of `wanted` tokens asks for: more where the model reasons, never more than
 * it declares, and never less than providers accept.
 */
export function outputBudget(
  { reasoning, maxOutputTokens }: CapabilitiesDto,
  wanted = DEFAULT_OUTPUT_TOKENS,
): number {
  const generous = reasoning ? Math.max(wanted, REASONING_OUTPUT_TOKENS) : wanted;
  return Math.max(LEAST_OUTPUT_TOKENS, Math.min(generous, maxOutputTokens));
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
