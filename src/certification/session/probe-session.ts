import { randomInt } from 'node:crypto';

import type { CertificationProfile } from '../../generated/prisma/client.js';
import type {
  InferenceAnswer,
  InferenceRequest,
  Standing,
  StreamedAnswer,
} from '../../inference/adapter.js';
import { InferenceError } from '../../inference/inference-error.js';
import type { CapabilitiesDto } from '../../models/capabilities.dto.js';
import type { Exchange } from './exchange.js';
import { newNonce } from './nonce.js';
import {
  DEFAULT_OUTPUT_TOKENS,
  isSpentOnReasoning,
  outputBudget,
  SPENT_ON_REASONING,
} from './output-limit.js';
import { isProviders, isRejection } from '../../inference/rejection.js';
import type { Received, Sender, Sending } from './sender.js';
import { withoutThinking } from './thinking.js';

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

/** How a request is sent, before its limit is known. */
type How = Omit<Sending, 'outputTokens'>;

/** What a session is made of. */
export interface SessionOptions {
  /** The claims of the base model. */
  readonly capabilities: CapabilitiesDto;
  readonly profile: CertificationProfile;
  readonly sender: Sender;
  /** What the provider says of the model without invoking it; null: it cannot be asked. */
  readonly standing: () => Promise<Standing | null>;
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

  /**
   * What the provider says of the model without invoking it; null: it cannot be asked.
   * @throws InferenceError
   */
  standing(): Promise<Standing | null> {
    return this.options.standing();
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
    const reply = await this.exchange(label, request, { streamed: true }, options);
    const { answer, firstTokenMs, text, warnings } = reply;
    if (!isStreamed(answer)) throw new Error('A stream ended in an answer without its events.');
    return { answer, firstTokenMs, text, warnings };
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
      if (error instanceof InferenceError && isProviders(error)) return error;
      throw error;
    }
  }

  private async exchange(
    label: string,
    request: InferenceRequest,
    how: How,
    options: SendOptions = {},
  ): Promise<Reply> {
    const { exactOutputTokens, outputTokens = DEFAULT_OUTPUT_TOKENS, timeoutMs } = options;
    const asked = timeoutMs === undefined ? request : { ...request, timeoutMs };
    const received =
      exactOutputTokens === undefined
        ? await this.withinBudget(label, asked, how, outputBudget(this.capabilities, outputTokens))
        : await this.withExactly(exactOutputTokens, label, asked, how);
    const { answer, firstTokenMs } = received;
    if (answer.stopReason === 'content_filter') {
      throw new InferenceError('CONTENT_FILTERED', 'A content filter ended the answer.');
    }
    const { text, leaked } = withoutThinking(answer.text);
    return { answer, firstTokenMs, text, warnings: leaked ? ['THINKING_LEAK'] : [] };
  }

  /** Reasoning that used up the budget is given four times as much, if so much is declared. */
  private async withinBudget(
    label: string,
    request: InferenceRequest,
    how: How,
    budget: number,
  ): Promise<Received> {
    const larger = Math.min(budget * 4, this.capabilities.maxOutputTokens);
    const received =
      (await this.within(budget, label, request, how)) ??
      (larger > budget ? await this.within(larger, `${label}, larger budget`, request, how) : null);
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
    how: How,
  ): Promise<Received | null> {
    try {
      const sending = Object.assign({}, how, { outputTokens: maxOutputTokens });
      const limited = Object.assign({}, request, { maxOutputTokens });
      const received = await this.deliver(label, limited, sending);
      return isSpentOnReasoning(received.answer) ? null : received;
    } catch (error) {
      if (error instanceof InferenceError && error.code === SPENT_ON_REASONING) return null;
      throw error;
    }
  }

  /** A limit that is tested itself may be far above what the answer comes to. */
  private withExactly(
    maxOutputTokens: number,
    label: string,
    request: InferenceRequest,
    how: How,
  ): Promise<Received> {
    const outputTokens = Math.min(maxOutputTokens, outputBudget(this.capabilities));
    return this.deliver(label, { ...request, maxOutputTokens }, { ...how, outputTokens });
  }

  private deliver(label: string, request: InferenceRequest, sending: Sending): Promise<Received> {
    return this.options.sender.send(label, request, sending, (exchange) =>
      this.exchanges.push(exchange),
    );
  }
}

function isStreamed(answer: InferenceAnswer): answer is StreamedAnswer {
  return 'chunks' in answer;
}
