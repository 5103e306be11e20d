import type { AuthorizedTarget } from './adapter.js';
import type { Egress, EgressCall, EgressMessage } from './egress.js';
import type { InferenceError } from './inference-error.js';
import { speakerOf, type Speaker } from './speaker.js';

/** What of an SDK's headers goes out; the rest describes this machine. */
const HEADERS_SENT = ['accept', 'content-type', 'user-agent'];

/** An answer whose status is 200 and something, not yet read. */
export interface Exchange {
  readonly response: Response;
  readonly speaker: Speaker;
}

export interface ExchangeOptions {
  readonly egress: Egress;
  readonly target: AuthorizedTarget;
  readonly call: EgressCall;
  /** Headers added to the SDK's own: those that say who calls, and in which version. */
  readonly headers: Readonly<Record<string, string>>;
  /** Lets the SDK write the request and send it by this `fetch`, leaving the answer unread. */
  readonly send: (fetch: typeof globalThis.fetch) => Promise<Response>;
  /** Reads an answer that is an error. */
  readonly refused: (text: string, speaker: Speaker) => InferenceError;
}

/** Makes one request that an SDK writes, without a secret, and the egress sends. */
export async function exchange(options: ExchangeOptions): Promise<Exchange> {
  const { egress, target, call, headers, refused } = options;
  let fault: unknown;
  try {
    const response = await options.send(async (address, init) => {
      try {
        const answer = await egress.fetch(addressOf(address), toMessage(init, headers), call);
        if (answer.ok) return answer;
        throw refused(await answer.text(), speakerOf(target, answer));
      } catch (error) {
        fault = error; // the SDK would replace it with an error of its own
        throw error;
      }
    });
    return { response, speaker: speakerOf(target, response) };
  } catch (error) {
    throw fault ?? error;
  }
}

function addressOf(input: string | URL | Request): string {
  if (typeof input === 'string') return input;
  return input instanceof URL ? input.href : input.url;
}

function toMessage(
  init: RequestInit | undefined,
  added: Readonly<Record<string, string>>,
): EgressMessage {
  const written = init?.headers instanceof Headers ? init.headers : new Headers(init?.headers);
  const headers: Record<string, string> = {};
  for (const name of HEADERS_SENT) headers[name] = written.get(name) ?? '';
  if (typeof init?.body !== 'string') throw new TypeError('The SDK wrote a body that is no text');
  return { method: 'POST', headers: { ...headers, ...added }, body: init.body };
}
