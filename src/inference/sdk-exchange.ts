import type { AuthorizedTarget } from './adapter.js';
import type { Answer } from './answer.js';
import type { Egress, EgressCall } from './egress.js';
import type { InferenceError } from './inference-error.js';
import type { RequestFrame } from './request-frames.js';
import { speakerOf, type Speaker } from './speaker.js';

/** An answer whose status is 200 and something, not yet read. */
export interface Exchange {
  readonly answer: Answer;
  readonly speaker: Speaker;
}

export interface ExchangeOptions {
  readonly egress: Egress;
  readonly target: AuthorizedTarget;
  readonly call: EgressCall;
  /** What the SDK wrote, without a secret. */
  readonly frame: RequestFrame;
  /** Headers added to the SDK's own: those that say who calls, and in which version. */
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as JSON, as the SDKs do. */
  readonly body: object;
  /** Reads an answer that is an error. */
  readonly refused: (text: string, speaker: Speaker) => InferenceError;
}

/** Makes one request. @throws InferenceError when it is refused, or not answered */
export async function exchange(options: ExchangeOptions): Promise<Exchange> {
  const { egress, target, call, frame, refused } = options;
  // A spread of objects costs V8 more than all else here.
  const headers = Object.assign({}, frame.headers, options.headers);
  const message = { method: 'POST', headers, body: JSON.stringify(options.body) } as const;
  const answer = await egress.fetch(frame.url, message, call);
  const speaker = speakerOf(target, answer);
  if (answer.ok) return { answer, speaker };
  throw refused(await answer.text(), speaker);
}
