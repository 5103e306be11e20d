import { LRUCache } from 'lru-cache';

/** Far more addresses than a process calls at a time. */
const MAX_FRAMES = 100;
/** What of an SDK's headers goes out; the rest describes this machine. */
const HEADERS_SENT = ['accept', 'content-type', 'user-agent'];

/** What all requests to one address have in common: all but the body, and who calls. */
export interface RequestFrame {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
}

/** A request as the SDKs of OpenAI and Anthropic write it. */
export interface WrittenRequest {
  readonly url: string;
  readonly req: { readonly headers: Headers };
}

/**
 * The frames of requests, each written once by an SDK: writing it, and making the SDK's client,
 * costs far more than all else that a call needs.
 */
export class RequestFrames {
  private readonly kept = new LRUCache<string, Promise<RequestFrame>>({ max: MAX_FRAMES });

  /** @param write lets the SDK write any request to an address not called lately */
  of(address: string, write: () => Promise<WrittenRequest>): Promise<RequestFrame> {
    const known = this.kept.get(address);
    if (known !== undefined) return known;
    const frame = frameOf(write);
    this.kept.set(address, frame);
    frame.catch(() => this.kept.delete(address));
    return frame;
  }
}

async function frameOf(write: () => Promise<WrittenRequest>): Promise<RequestFrame> {
  const { url, req } = await write();
  const headers = HEADERS_SENT.map((name) => [name, req.headers.get(name) ?? '']);
  return { url: new URL(url), headers: Object.fromEntries(headers) };
}
