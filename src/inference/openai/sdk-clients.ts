import { LRUCache } from 'lru-cache';
import type OpenAI from 'openai';

/** Far more addresses than a process calls at a time. */
const MAX_CLIENTS = 100;

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
} as const;

/** The SDK's clients, one per address: building one costs more than a request. */
export class SdkClients {
  private readonly clients = new LRUCache<string, OpenAI>({ max: MAX_CLIENTS });

  /**
   * Lets the SDK write a chat request, and sends it by `fetch`. Its own way of sending would add a
   * timer, a log record and two signals to what the egress does anyway.
   *
   * @param connect builds a client with {@link CLIENT_OPTIONS} for an address not called lately
   */
  async send(
    address: string,
    connect: () => OpenAI,
    body: OpenAI.ChatCompletionCreateParams,
    fetch: typeof globalThis.fetch,
  ): Promise<Response> {
    let client = this.clients.get(address);
    if (client === undefined) {
      client = connect();
      this.clients.set(address, client);
    }
    const path = '/chat/completions';
    const { url, req } = await client.buildRequest({ method: 'post', path, body });
    return fetch(url, req);
  }
}
