import { setTimeout as sleep } from 'node:timers/promises';

import type {
  InferenceAnswer,
  InferenceRequest,
  OutputLimitParameter,
} from '../../inference/adapter.js';
import { InferenceError } from '../../inference/inference-error.js';
import { inputTokensOf, type Budget, type Tokens } from './budget.js';
import { faultOf, storable, traceOf, type Exchange, type Fault, type Hide } from './exchange.js';

const MAX_TRIES = 3;
const MAX_WAIT_MS = 60_000;

/** An answer, with what only a stream knows. */
export interface Received {
  readonly answer: InferenceAnswer;
  readonly firstTokenMs: number | null;
  readonly events: number | null;
}

/** How a request is sent. */
export interface Sending {
  readonly streamed: boolean;
  /** What the answer may come to, for the budget. */
  readonly outputTokens: number;
  /** To a model id that the provider cannot know. */
  readonly unknownModel?: boolean;
}

/** Carries out one request, once. */
export type Transport = (request: InferenceRequest, sending: Sending) => Promise<Received>;

export interface SenderOptions {
  readonly transport: Transport;
  /** Takes secrets out of the evidence. */
  readonly hide: Hide;
  readonly signal: AbortSignal;
  /** Asked before every try. */
  readonly budget: Budget;
  /** First wait after a transient fault; doubles. */
  readonly backoffMs: number;
}

/** Sends requests, tries again where that makes sense, and keeps the evidence. */
export class Sender {
  /** Once a provider wanted another name for the output limit, it is used from the start. */
  private outputLimitParameter: OutputLimitParameter | null = null;

  constructor(private readonly options: SenderOptions) {}

  /**
   * @param record receives the evidence, also when the request fails
   * @throws InferenceError of the last try, or BUDGET_EXCEEDED before one that is too dear
   */
  async send(
    label: string,
    request: InferenceRequest,
    sending: Sending,
    record: (exchange: Exchange) => void,
  ): Promise<Received> {
    const { hide } = this.options;
    const faults: Fault[] = [];
    const before = this.outputLimitParameter;
    const evidence = () => ({
      label,
      streamed: sending.streamed,
      asked: storable(lastMessage(request), hide),
      tools: request.tools?.map((tool) => tool.name) ?? [],
      faults,
      adapted: before === this.outputLimitParameter ? null : this.outputLimitParameter,
    });
    try {
      const { received, charged } = await this.tryUntilAnswered(request, sending, faults);
      const { answer, firstTokenMs, events } = received;
      const first = firstTokenMs === null ? null : Math.round(firstTokenMs);
      const known = { answered: true, firstTokenMs: first, events, charged };
      record(Object.assign(known, evidence(), traceOf(answer, hide)));
      return received;
    } catch (error) {
      // Without a fault nothing was sent.
      if (faults.length > 0) record(Object.assign(evidence(), NO_ANSWER));
      throw error;
    }
  }

  private async tryUntilAnswered(
    request: InferenceRequest,
    sending: Sending,
    faults: Fault[],
  ): Promise<{ received: Received; charged: Tokens }> {
    const { budget } = this.options;
    const asked = { inputTokens: inputTokensOf(request), outputTokens: sending.outputTokens };
    let waited = 0;
    for (;;) {
      budget.ask(asked);
      try {
        const received = await this.tryOnce(request, sending);
        return { received, charged: budget.spend(received.answer.usage, asked) };
      } catch (error) {
        if (!(error instanceof InferenceError)) throw error;
        const wait = this.waitBeforeRetry(error, faults.length + 1, MAX_WAIT_MS - waited);
        faults.push(faultOf(error, wait ?? 0, this.options.hide));
        if (wait === null) throw error;
        waited += wait;
        await this.wait(wait);
      }
    }
  }

  private tryOnce(request: InferenceRequest, sending: Sending): Promise<Received> {
    const { outputLimitParameter } = this;
    const named = outputLimitParameter ? { ...request, outputLimitParameter } : request;
    return this.options.transport(named, sending);
  }

  /**
   * Waits for as long as some first waits after a transient fault.
   * @throws InferenceError CANCELLED
   */
  pause(backoffs: number): Promise<void> {
    return this.wait(backoffs * this.options.backoffMs);
  }

  private async wait(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.options.signal }).catch(() => {
      throw new InferenceError('CANCELLED', 'Cancelled while waiting.');
    });
  }

  /** How long to wait before the next try; null: there is none. */
  private waitBeforeRetry(error: InferenceError, tries: number, left: number): number | null {
    if (error.retryClass === 'adapt_once') return this.adapt(error) ? 0 : null;
    if (error.retryClass === 'once') return tries < 2 ? this.options.backoffMs : null;
    if (!error.isPassing || tries >= MAX_TRIES) return null;
    const backoff = this.options.backoffMs * 2 ** (tries - 1) * (1 + Math.random() / 4);
    const wait = Math.ceil(Math.max(error.retryAfterMs ?? 0, backoff));
    return wait <= left ? wait : null;
  }

  /** Only a parameter the harness itself added may be adapted, and only once. */
  private adapt({ param }: InferenceError): boolean {
    if (this.outputLimitParameter !== null) return false;
    if (param === 'max_tokens') this.outputLimitParameter = 'max_completion_tokens';
    else if (param === 'max_completion_tokens') this.outputLimitParameter = 'max_tokens';
    return this.outputLimitParameter !== null;
  }
}

const NO_ANSWER = {
  answered: false,
  text: '',
  toolCalls: [],
  stopReason: null,
  usage: null,
  model: null,
  region: null,
  requestId: null,
  totalMs: null,
  firstTokenMs: null,
  events: null,
  raw: null,
} as const;

function lastMessage(request: InferenceRequest): string {
  const message = request.messages.at(-1);
  if (!message) return '';
  if (message.role === 'assistant') return message.text;
  if (typeof message.content === 'string') return message.content;
  return message.content.map((part) => (part.type === 'text' ? part.text : '[image]')).join('\n');
}
