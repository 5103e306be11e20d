import type { HttpHandler } from '@smithy/protocol-http';

import type { Answer } from '../answer.js';
import type { AnswerBody } from '../answer-body.js';

/** What the SDK passes on to its request handler. */
export type HandlerOptions = NonNullable<Parameters<HttpHandler['handle']>[1]> & {
  /** Keeps what the SDK would hide or change. */
  readonly call?: AwsCall;
};
/** HTML of a proxy, or JSON of a gateway, in place of the event stream that was asked for. */
const NO_EVENT_STREAM = /\b(?:json|html)\b/i;

/**
 * One call, as its request handler sees it: what the SDK would hide or change. The SDK writes into
 * errors that pass through it, and replaces some.
 */
export class AwsCall {
  /** Status and headers; null: no answer came. */
  answer: Pick<Answer, 'status' | 'headers'> | null = null;
  /** What the egress failed with. */
  fault: { readonly error: unknown } | null = null;
  /** When the last bytes came that the SDK has taken, on the monotonic clock. */
  arrivedAt = 0;
  /** Whether an event stream was asked for, and whether the answer is one. */
  asksForStream = false;
  streams = false;
  private whole: Uint8Array | null = null;
  private stream: AnswerBody | null = null;

  constructor(
    readonly signal: AbortSignal,
    readonly totalMs?: number,
  ) {}

  /** To be sent with a command, so that the request handler gets this call. */
  get options(): HandlerOptions {
    return { call: this };
  }

  /** The body of an answer that is no event stream; empty when it is one. */
  get text(): string {
    return this.whole === null ? '' : Buffer.from(this.whole).toString();
  }

  /** Takes the answer; gives back its body in a form that the SDK reads. */
  async receive(
    answer: Answer,
    streamed: boolean,
  ): Promise<Uint8Array | AsyncIterable<Uint8Array>> {
    this.answer = answer;
    this.asksForStream = streamed;
    const type = answer.headers.get('content-type') ?? '';
    if (streamed && answer.ok && !NO_EVENT_STREAM.test(type)) {
      this.streams = true;
      this.stream = answer.body;
      return this.pieces(answer.body);
    }
    this.whole = await answer.bytes();
    return this.whole;
  }

  /** Remembers the fault; gives an error that the SDK may write into. */
  failed(error: unknown): Error {
    this.fault ??= { error };
    return new Error('The egress failed.');
  }

  /** Ends the request, if its answer is still coming. */
  leave(): void {
    this.stream?.cancel();
  }

  private async *pieces(body: AnswerBody): AsyncGenerator<Uint8Array, void> {
    try {
      while (await body.filled()) {
        for (const { bytes, at } of body.take()) {
          this.arrivedAt = at;
          yield bytes;
        }
      }
    } catch (error) {
      throw this.failed(error);
    }
  }
}
