import { Agent } from 'undici';
import { allowedUrl, guardLookup, type Resolve } from './address-guard.js';
import type { Answer } from './answer.js';
import { OutgoingRequest } from './outgoing-request.js';

const TIMEOUTS = { connectMs: 5_000, firstByteMs: 30_000, totalMs: 60_000 };

export interface EgressOptions {
  /** Whether private and local addresses may be called. */
  readonly allowPrivate: boolean;
  readonly timeouts?: Partial<typeof TIMEOUTS>;
  /** Looks names up in place of DNS. */
  readonly resolve?: Resolve;
}

export interface EgressMessage {
  readonly method: 'POST' | 'GET';
  readonly headers: Readonly<Record<string, string>>;
  /** Left out with GET. */
  readonly body?: string | Uint8Array;
}

export interface EgressCall {
  readonly signal: AbortSignal;
  /** Whether the answer comes in pieces; a whole one may use all its time before the first byte. */
  readonly streamed: boolean;
  /** Time for the whole call, in milliseconds; left out, `timeouts.totalMs`. */
  readonly totalMs?: number;
}

/**
 * The only way out to providers: one pool of connections per origin, time limits, a size limit, no
 * redirects, no proxies, no private addresses unless allowed.
 */
export class Egress {
  private readonly agent: Agent;
  private readonly timeouts: typeof TIMEOUTS;
  private readonly allowPrivate: boolean;

  constructor(options: EgressOptions) {
    this.allowPrivate = options.allowPrivate;
    this.timeouts = { ...TIMEOUTS, ...options.timeouts };
    this.agent = new Agent({
      // Deadline keeps both limits: undici's timers are half a second coarse.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: {
        timeout: this.timeouts.connectMs,
        ...(options.allowPrivate ? {} : { lookup: guardLookup(options.resolve) }),
      },
    });
  }

  /**
   * Sends one message and answers as soon as the headers are there, whatever the status. undici
   * dispatches it: its `request` would put a Node stream around every body.
   *
   * @throws InferenceError for everything that is not an answer of the addressed host; reading the
   * body fails with one too. Cancelling the body ends the request.
   */
  async fetch(address: string | URL, message: EgressMessage, call: EgressCall): Promise<Answer> {
    const url = allowedUrl(address, this.allowPrivate);
    const request = new OutgoingRequest(url, call.signal, {
      firstByteMs: call.streamed ? this.timeouts.firstByteMs : null,
      totalMs: call.totalMs ?? this.timeouts.totalMs,
    });
    const options = {
      origin: url.origin,
      path: url.pathname + url.search,
      method: message.method,
      body: message.body ?? null,
      // A compressing proxy would hold back the small events of a stream.
      headers: Object.assign({}, message.headers, { 'accept-encoding': 'identity' }),
    };
    this.agent.dispatch(options, request);
    return request.answer;
  }

  /** Ends all connections, those in use too. */
  async close(): Promise<void> {
    await this.agent.destroy();
  }
}
