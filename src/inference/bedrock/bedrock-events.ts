import type { AuthorizedTarget } from '../adapter.js';
import { Inbox } from '../inbox.js';
import type { AwsCall } from './aws-call.js';
import { faultOf } from './bedrock-error.js';

/** An event of a stream and when it came, in milliseconds after `since`. */
export interface Arrived {
  readonly event: unknown;
  readonly atMs: number;
}

/**
 * The events of a stream. The SDK reads bytes only while it is asked for events, so they are taken
 * at once, however slowly they are wanted: that makes their times true. Leaving early ends the
 * request.
 *
 * @throws InferenceError of an exception within the stream, or of what broke it
 */
export async function* arrivals(
  events: AsyncIterable<unknown>,
  since: number,
  target: AuthorizedTarget,
  call: AwsCall,
): AsyncGenerator<Arrived, void> {
  const inbox = new Inbox<Arrived>();
  void receive(events, since, call, inbox);
  try {
    while (await inbox.filled()) yield* inbox.take();
  } catch (error) {
    throw faultOf(error, target, call);
  } finally {
    if (!inbox.closed) await call.leave();
  }
}

/** Never rejects: a fault goes into the inbox. */
async function receive(
  events: AsyncIterable<unknown>,
  since: number,
  call: AwsCall,
  inbox: Inbox<Arrived>,
): Promise<void> {
  try {
    for await (const event of events) inbox.put([{ event, atMs: call.arrivedAt - since }]);
    inbox.close(null);
  } catch (error) {
    inbox.close({ error });
    await call.leave();
  }
}
