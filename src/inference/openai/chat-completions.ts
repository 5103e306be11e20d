import type OpenAI from 'openai';
import type {
  Adapter,
  AuthorizedTarget,
  InferenceAnswer,
  InferenceRequest,
  StreamChunk,
  StreamedAnswer,
} from '../adapter.js';
import type { Egress, EgressCall } from '../egress.js';
import { InferenceError } from '../inference-error.js';
import { parseJson } from '../../shared/json.js';
import { refused } from '../refusal.js';
import { asInferenceError, notUnderstood, type Speaker } from '../speaker.js';
import { exchange, type Exchange } from '../sdk-exchange.js';
import { readEvents } from '../sse-stream.js';
import type { Dialect } from './dialects.js';
import { readAnswer } from './openai-answer.js';
import { ROWS } from './openai-error-table.js';
import { bodyError, readRefusal } from './openai-refusal.js';
import { toBody, toStreamedBody } from './openai-request.js';
import { assemble, readChunk } from './openai-stream.js';
import { SdkClients } from './sdk-clients.js';

const END = '[DONE]';

/** Where a target is called, and how: all in which vendors of chat completions differ. */
export interface Endpoint {
  /** Equal for all calls that can share a client. */
  readonly address: string;
  /** Builds the client. */
  readonly connect: () => OpenAI;
  /** Headers that say who calls. */
  readonly headers: Readonly<Record<string, string>>;
  readonly dialect: Dialect;
}

/** Speaks OpenAI's chat completions; a vendor adds its {@link Endpoint}. */
export abstract class ChatCompletionsAdapter implements Adapter {
  abstract readonly kind: string;
  private readonly clients = new SdkClients();

  constructor(private readonly egress: Egress) {}

  /** @throws InferenceError CONFIGURATION_ERROR when the target cannot be called */
  protected abstract endpointOf(target: AuthorizedTarget): Endpoint;

  async invoke(
    target: AuthorizedTarget,
    request: InferenceRequest,
    signal: AbortSignal,
  ): Promise<InferenceAnswer> {
    const startedAt = performance.now();
    let speaker: Speaker | undefined;
    try {
      const endpoint = this.endpointOf(target);
      const body = toBody(request, target.modelId, endpoint.dialect);
      const call = { signal, streamed: false, totalMs: request.timeoutMs };
      const exchange = await this.send(target, endpoint, body, call);
      speaker = exchange.speaker;
      const text = await exchange.response.text();
      return readAnswer(text, speaker, performance.now() - startedAt);
    } catch (error) {
      throw asInferenceError(error, target.providerSlug, speaker);
    }
  }

  async *stream(
    target: AuthorizedTarget,
    request: InferenceRequest,
    signal: AbortSignal,
  ): AsyncGenerator<StreamChunk, StreamedAnswer> {
    const startedAt = performance.now();
    let speaker: Speaker | undefined;
    try {
      const endpoint = this.endpointOf(target);
      const body = toStreamedBody(request, target.modelId, endpoint.dialect);
      const call = { signal, streamed: true, totalMs: request.timeoutMs };
      const exchange = await this.send(target, endpoint, body, call);
      speaker = exchange.speaker;
      const events = await eventStream(exchange);
      const chunks: StreamChunk[] = [];
      let totalMs = 0;
      for await (const event of readEvents(events, startedAt, isEnd)) {
        totalMs = event.atMs;
        if (isEnd(event)) break;
        const chunk = readChunk(event.data, speaker, event.atMs);
        chunks.push(chunk);
        yield chunk;
      }
      return assemble(chunks, speaker, totalMs);
    } catch (error) {
      throw asInferenceError(error, target.providerSlug, speaker);
    }
  }

  private send(
    target: AuthorizedTarget,
    { address, connect, headers }: Endpoint,
    body: OpenAI.ChatCompletionCreateParams,
    call: EgressCall,
  ): Promise<Exchange> {
    return exchange({
      egress: this.egress,
      target,
      call,
      headers,
      refused: (text, speaker) =>
        refused(readRefusal(speaker.status, parseJson(text), text), ROWS, speaker),
      send: (fetch) => this.clients.send(address, connect, body, fetch),
    });
  }
}

/** A secret that a header may carry; the reason never repeats it. */
export function headerSecret(secret: string, { providerSlug }: AuthorizedTarget): string {
  if (/^[\x21-\x7e]+$/.test(secret)) return secret;
  throw new InferenceError(
    'CONFIGURATION_ERROR',
    `The API key of ${providerSlug} is empty or holds characters that a header cannot carry.`,
  );
}

function isEnd({ data }: { readonly data: string }): boolean {
  return data.startsWith(END);
}

/** The body of a stream; providers also answer with a whole body, mostly to wrap an error. */
async function eventStream({ response, speaker }: Exchange): Promise<ReadableStream<Uint8Array>> {
  const type = response.headers.get('content-type') ?? '';
  if (response.body !== null && !/\b(?:json|html)\b/i.test(type)) return response.body;
  const text = await response.text();
  const body = parseJson(text);
  if (bodyError(body) !== null) throw refused(readRefusal(null, body, text), ROWS, speaker);
  throw notUnderstood(speaker, 'NOT_A_STREAM', 'did not answer with a stream', text);
}
