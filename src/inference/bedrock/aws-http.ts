import { Readable } from 'node:stream';

import { HttpResponse, type HttpHandler, type HttpRequest } from '@smithy/protocol-http';

import type { Egress } from '../egress.js';

type HandlerOptions = Parameters<HttpHandler['handle']>[1];

/** Sends what AWS' SDK wrote and signed through the egress, like every other call. */
export class AwsHttpHandler implements HttpHandler {
  constructor(private readonly egress: Egress) {}

  /** `requestTimeout` is the time for the whole call, in milliseconds. */
  async handle(
    request: HttpRequest,
    { abortSignal, requestTimeout }: HandlerOptions = {},
  ): Promise<{ response: HttpResponse }> {
    const { headers, body } = request;
    const answer = await this.egress.fetch(
      addressOf(request),
      {
        method: request.method === 'GET' ? 'GET' : 'POST',
        headers: withoutHost(headers),
        ...(typeof body === 'string' || body instanceof Uint8Array ? { body } : {}),
      },
      {
        signal: abortSignal instanceof AbortSignal ? abortSignal : new AbortController().signal,
        streamed: request.path.endsWith('-stream'),
        ...(requestTimeout === undefined ? {} : { totalMs: requestTimeout }),
      },
    );
    return {
      response: new HttpResponse({
        statusCode: answer.status,
        headers: Object.fromEntries(answer.headers),
        body: answer.body === null ? Readable.from([]) : Readable.fromWeb(answer.body),
      }),
    };
  }

  updateHttpClientConfig(): void {}

  httpHandlerConfigs(): Record<string, never> {
    return {};
  }
}

function addressOf({ protocol, hostname, port, path, query }: HttpRequest): string {
  const url = new URL(`${protocol}//${hostname}${port === undefined ? '' : `:${String(port)}`}`);
  const words = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    for (const item of [value ?? []].flat()) words.append(name, item);
  }
  // As signed: the path is already encoded, and must not be encoded again.
  return `${url.origin}${path}${words.size === 0 ? '' : `?${words.toString()}`}`;
}

/** undici writes the host itself. */
function withoutHost(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'host'));
}
