import type { HttpHandler } from '@smithy/protocol-http';

import { Inbox } from '../inbox.js';

/** What the SDK passes on to its request handler. */
export type HandlerOptions = NonNullable<Parameters<HttpHandler['handle']>[1]> & {
  /** Keeps what the SDK would hide or change. */
  readonly call?: AwsCall;
};
/** Bytes and when they came. */
interface Piece {
  readonly bytes: Uint8Array;
  readonly at: number;
}
type Reader = ReadableStreamDefaultReader<Uint8Array>;

/** HTML of a proxy, or JSON of a gateway, in place of the event stream that was asked for. */
const NO_EVENT_STREAM = /\b(?:json|html)\b/i;

/**
 * One call, as its request handler sees it: what the SDK would hide or change. The SDK writes into
 * errors that pass through it, and replaces some.
 */
export class AwsCall {
  /** Status and headers; null: no answer came. */
  answer: Pick<Response, 'status' | 'headers'> | null = null;
  /** What the egress failed with. */
  fault: { readonly error: unknown } | null = null;
  /** When the last bytes came that the SDK has taken, on the monotonic clock. */
  arrivedAt = 0;
  /** Whether an event stream was asked for, and whether the answer is one. */
  asksForStream = false;
  streams = false;
  private whole: Uint8Array | null = null;
  private reader: Reader | null = null;

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
    response: Response,
    streamed: boolean,
  ): Promise<Uint8Array | AsyncIterable<Uint8Array>> {
    this.answer = response;
    this.asksForStream = streamed;
    const type = response.headers.get('content-type') ?? '';
    if (streamed && response.ok && response.body !== null && !NO_EVENT_STREAM.test(type)) {
      this.streams = true;
      this.reader = response.body.getReader();
      const inbox = new Inbox<Piece>();
      void fill(inbox, this.reader);
      return this.pieces(inbox);
    }
    this.whole = new Uint8Array(await response.arrayBuffer());
    return this.whole;
  }

  /** Remembers the fault; gives an error that the SDK may write into. */
  failed(error: unknown): Error {
    this.fault ??= { error };
    return new Error('The egress failed.');
  }

  /** Ends the request, if its answer is still coming. */
  async leave(): Promise<void> {
    await this.reader?.cancel().catch(() => undefined);
  }

  private async *pieces(inbox: Inbox<Piece>): AsyncGenerator<Uint8Array, void> {
    try {
      while (await inbox.filled()) {
        for (const { bytes, at } of inbox.take()) {
          this.arrivedAt = at;
          yield bytes;
        }
      }
    } catch (error) {
      throw this.failed(error);
    }
  }
}

/**
 * Reads a body to its end, however slowly the SDK takes it, so that the times are those of arrival.
 * Never rejects: a fault goes into the inbox.
 */
async function fill(inbox: Inbox<Piece>, reader: Reader): Promise<void> {
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      inbox.put([{ bytes: value, at: performance.now() }]);
    }
    inbox.close(null);
  } catch (error) {
    inbox.close({ error });
  }
}
