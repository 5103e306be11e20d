import { LRUCache } from 'lru-cache';
import type OpenAI from 'openai';

/** Far more addresses than a process calls at a time. */
const MAX_CLIENTS = 100;

type Fetch = typeof globalThis.fetch;

/** What `fetch` of a client is called with: the SDK hands on the options of a request unread. */
interface FetchOptions extends RequestInit {
  /** Sends this one request. */
  readonly own?: Fetch;
}

/** Options every client of the SDK gets, all given, so that it takes none from the environment. */
export const CLIENT_OPTIONS = {
  // The key goes out by a header of the call, not of the client.
  apiKey: 'unused',
  adminAPIKey: null,
  organization: null,
  project: null,
  webhookSecret: null,
  maxRetries: 0,
  logLevel: 'off',
  fetch: (address: string | URL | Request, init?: FetchOptions): Promise<Response> => {
    if (init?.own === undefined) throw new TypeError('The SDK lost the fetch of this request');
    return init.own(address, init);
  },
} as const;

/** The SDK's clients, one per address: building one costs more than a request. */
export class SdkClients {
  private readonly clients = new LRUCache<string, OpenAI>({ max: MAX_CLIENTS });

  /**
   * Sends a chat request to an address by the given `fetch`, and leaves the answer unread.
   *
   * @param connect builds a client with {@link CLIENT_OPTIONS} for an address not called lately
   */
  send(
    address: string,
    connect: () => OpenAI,
    body: OpenAI.ChatCompletionCreateParams,
    fetch: Fetch,
  ): Promise<Response> {
    let client = this.clients.get(address);
    if (client === undefined) {
      client = connect();
      this.clients.set(address, client);
    }
    const fetchOptions = { redirect: 'error', own: fetch } as const;
    return client.chat.completions.create(body, { fetchOptions }).asResponse();
  }
}
