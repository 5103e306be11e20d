import Anthropic from '@anthropic-ai/sdk';
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
import { headerSecret, headerValue } from '../header-value.js';
import { parseJson } from '../../shared/json.js';
import { RequestFrames } from '../request-frames.js';
import { exchange, type Exchange } from '../sdk-exchange.js';
import { asInferenceError, type Speaker } from '../speaker.js';
import { readEvents } from '../sse-stream.js';
import { anthropicAddress } from './anthropic-address.js';
import { readAnswer } from './anthropic-answer.js';
import { refusedAnswer, wrappedError } from './anthropic-refusal.js';
import { toBody } from './anthropic-request.js';
import { isEnd, MessageStream } from './anthropic-stream.js';

const VERSION = '2023-06-01';

type Body = Anthropic.MessageCreateParams;

/**
 * Speaks Anthropic's Messages API. The SDK writes the requests; its own way of sending them would
 * add timers to those of the egress, and print to the console what it thinks of a model.
 */
export class AnthropicAdapter implements Adapter {
  readonly kind = 'anthropic';
  private readonly frames = new RequestFrames();

  constructor(private readonly egress: Egress) {}

  async invoke(
    target: AuthorizedTarget,
    request: InferenceRequest,
    signal: AbortSignal,
  ): Promise<InferenceAnswer> {
    const startedAt = performance.now();
    let speaker: Speaker | undefined;
    try {
      const body = toBody(request, target.modelId);
      const call = { signal, streamed: false, totalMs: request.timeoutMs };
      const exchange = await this.send(target, body, call);
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
      const asked = Object.assign(toBody(request, target.modelId), { stream: true } as const);
      const call = { signal, streamed: true, totalMs: request.timeoutMs };
      const exchange = await this.send(target, asked, call);
      speaker = exchange.speaker;
      const body = await eventBody(exchange, wrappedText);
      const message = new MessageStream(speaker);
      let totalMs = 0;
      for await (const { events, atMs } of readEvents(body, startedAt, isEnd)) {
        totalMs = atMs;
        const came: StreamChunk[] = [];
        try {
          for (const { data } of events) came.push(message.read(data, atMs));
        } finally {
          yield came;
        }
      }
      return message.end(totalMs);
    } catch (error) {
      throw asInferenceError(error, target.providerSlug, speaker);
    }
  }

  private async send(target: AuthorizedTarget, body: Body, call: EgressCall): Promise<Exchange> {
    const base = anthropicAddress(target);
    const frame = await this.frames.of(base.href, () =>
      clientFor(base).buildRequest({ method: 'post', path: '/v1/messages', body: {} }),
    );
    const headers = headersOf(target);
    const { egress } = this;
    return exchange({ egress, target, call, frame, headers, body, refused: refusedAnswer });
  }
}

function clientFor(base: URL): Anthropic {
  return new Anthropic({
    // All given, so that the SDK takes none from the environment or from files.
    apiKey: 'unused',
    webhookKey: null,
    baseURL: base.origin + base.pathname,
    defaultQuery: Object.fromEntries(base.searchParams),
    openTelemetry: false,
    maxRetries: 0,
    logLevel: 'off',
  });
}

function headersOf(target: AuthorizedTarget): Record<string, string> {
  const { apiVersion, credentials, providerSlug } = target;
  const version = headerValue(apiVersion ?? VERSION, `The API version of ${providerSlug}`);
  if (credentials.kind !== 'api_key') return { 'anthropic-version': version };
  const key = headerSecret(credentials.apiKey, target);
  return { 'anthropic-version': version, 'x-api-key': key };
}

function wrappedText(text: string, speaker: Speaker) {
  return wrappedError(parseJson(text), text, speaker);
}
