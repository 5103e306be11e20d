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
import { eventBody } from '../event-body.js';
import type { InferenceError } from '../inference-error.js';
import { parseJson } from '../../shared/json.js';
import { refused } from '../refusal.js';
import { asInferenceError, type Speaker } from '../speaker.js';
import { RequestFrames } from '../request-frames.js';
import { exchange, type Exchange } from '../sdk-exchange.js';
import { readEvents } from '../sse-stream.js';
import type { Dialect } from './dialects.js';
import { readAnswer } from './openai-answer.js';
import { ROWS } from './openai-error-table.js';
import { bodyError, readRefusal } from './openai-refusal.js';
import { toBody, toStreamedBody } from './openai-request.js';
import { assemble, readChunk } from './openai-stream.js';

const END = '[DONE]';

/** Where a target is called, and how: all in which vendors of chat completions differ. */
export interface Endpoint {
  /** Equal for all calls whose requests differ only in the body and in who calls. */
  readonly address: string;
  /** Builds the client that writes them. */
  readonly connect: () => OpenAI;
  /** Headers that say who calls. */
  readonly headers: Readonly<Record<string, string>>;
  readonly dialect: Dialect;
}

/** Speaks OpenAI's chat completions; a vendor adds its {@link Endpoint}. */
export abstract class ChatCompletionsAdapter implements Adapter {
  abstract readonly kind: string;
  private readonly frames = new RequestFrames();

  constructor(protected readonly egress: Egress) {}

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
      const text = await exchange.answer.text();
      return readAnswer(text, speaker, performance.now() - startedAt);
    } catch (error) {
      throw asInferenceError(error, target.providerSlug, speaker);
    }
  }

  async *stream(
    target: AuthorizedTarget,
    request: InferenceRequest,
    signal: AbortSignal,
  ): AsyncGenerator<readonly StreamChunk[], StreamedAnswer> {
    const startedAt = performance.now();
    let speaker: Speaker | undefined;
    try {
      const endpoint = this.endpointOf(target);
      const asked = toStreamedBody(request, target.modelId, endpoint.dialect);
      const call = { signal, streamed: true, totalMs: request.timeoutMs };
      const exchange = await this.send(target, endpoint, asked, call);
      speaker = exchange.speaker;
      const body = await eventBody(exchange, wrappedError);
      const chunks: StreamChunk[] = [];
      let totalMs = 0;
      for await (const { events, atMs } of readEvents(body, startedAt, isEnd)) {
        totalMs = atMs;
        const came: StreamChunk[] = [];
        try {
          for (const event of events) {
            if (!isEnd(event)) came.push(readChunk(event.data, speaker, atMs));
          }
        } finally {
          chunks.push(...came);
          yield came;
        }
      }
      return assemble(chunks, speaker, totalMs);
    } catch (error) {
      throw asInferenceError(error, target.providerSlug, speaker);
    }
  }

  private async send(
    target: AuthorizedTarget,
    { address, connect, headers }: Endpoint,
    body: OpenAI.ChatCompletionCreateParams,
    call: EgressCall,
  ): Promise<Exchange> {
    const frame = await this.frames.of(address, () =>
      connect().buildRequest({ method: 'post', path: '/chat/completions', body: {} }),
    );
    const { egress } = this;
    return exchange({ egress, target, call, frame, headers, body, refused: refusedAnswer });
  }
}

/** What an answer that is an error means. */
export function refusedAnswer(text: string, speaker: Speaker): InferenceError {
  return refused(readRefusal(speaker.status, parseJson(text), text), ROWS, speaker);
}

function isEnd({ data }: { readonly data: string }): boolean {
  return data.startsWith(END);
}

/** The error that a whole body wraps in place of a stream. */
function wrappedError(text: string, speaker: Speaker): InferenceError | null {
  const body = parseJson(text);
  return bodyError(body) === null ? null : refused(readRefusal(null, body, text), ROWS, speaker);
}
