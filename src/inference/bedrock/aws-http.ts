import { HttpResponse, type HttpHandler, type HttpRequest } from '@smithy/protocol-http';

import type { Egress } from '../egress.js';
import { AwsCall, type HandlerOptions } from './aws-call.js';

/** Sends what AWS' SDK wrote and signed through the egress, like every other call. */
export class AwsHttpHandler implements HttpHandler {
  constructor(private readonly egress: Egress) {}

  /**
   * The signal and the time limit are those of `call`; without one they are `abortSignal` and
   * `requestTimeout`, the time for the whole call in milliseconds.
   *
   * @throws InferenceError when there is no answer, or with `call` an error that stands for it
   */
  async handle(
    request: HttpRequest,
    options: HandlerOptions = {},
  ): Promise<{ response: HttpResponse }> {
    const call = options.call ?? callOf(options);
    try {
      return { response: await this.send(request, call) };
    } catch (error) {
      if (options.call === undefined) throw error;
      throw call.failed(error);
    }
  }

  updateHttpClientConfig(): void {}

  httpHandlerConfigs(): Record<string, never> {
    return {};
  }

  private async send(request: HttpRequest, call: AwsCall): Promise<HttpResponse> {
    const { headers, body, method, path } = request;
    const streamed = path.endsWith('-stream');
    const answer = await this.egress.fetch(
      addressOf(request),
      {
        method: method === 'GET' ? 'GET' : 'POST',
        headers: withoutHost(headers),
        ...(typeof body === 'string' || body instanceof Uint8Array ? { body } : {}),
      },
      {
        signal: call.signal,
        streamed,
        ...(call.totalMs === undefined ? {} : { totalMs: call.totalMs }),
      },
    );
    return new HttpResponse({
      statusCode: answer.status,
      headers: answer.headers.toRecord(),
      body: await call.receive(answer, streamed),
    });
  }
}

function callOf({ abortSignal, requestTimeout }: HandlerOptions): AwsCall {
  const signal = abortSignal instanceof AbortSignal ? abortSignal : new AbortController().signal;
  return new AwsCall(signal, requestTimeout);
}

function addressOf({ protocol, hostname, port, path, query }: HttpRequest): string {
  const url = new URL(`${protocol}//${hostname}${port === undefined ? '' : `:${String(port)}`}`);
  const words = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    for (const item of [value ?? []].flat()) words.append(name, item);
  }
  // As signed: the path is already encoded, and must not be encoded again; a space is %20.
  return `${url.origin}${path}${words.size === 0 ? '' : `?${words.toString().replaceAll('+', '%20')}`}`;
}

/** undici writes the host itself. */
function withoutHost(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'host'));
}
