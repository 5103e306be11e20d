import OpenAI from 'openai';
import type {
  Adapter,
  AuthorizedTarget,
  InferenceAnswer,
  InferenceRequest,
  StreamChunk,
  StreamedAnswer,
} from '../adapter.js';
import { allowedUrl } from '../address-guard.js';
import type { Egress, EgressCall } from '../egress.js';
import { InferenceError } from '../inference-error.js';
import { parseJson } from '../../shared/json.js';
import { refused } from '../refusal.js';
import { asInferenceError, notUnderstood, type Speaker } from '../speaker.js';
import { exchange, type Exchange } from '../sdk-exchange.js';
import { readEvents } from '../sse-stream.js';
import { readAnswer } from './openai-answer.js';
import { ROWS } from './openai-error-table.js';
import { bodyError, readRefusal } from './openai-refusal.js';
import { toBody } from './openai-request.js';
import { assemble, readChunk } from './openai-stream.js';

const OPENAI_URL = 'https://api.openai.com/v1';
const END = '[DONE]';
type Body = OpenAI.ChatCompletionCreateParams;

/** Speaks OpenAI's chat completions, at OpenAI or at any address that offers the same. */
export class OpenAiAdapter implements Adapter {
  readonly kind = 'openai';

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
      const body = {
        ...toBody(request, target.modelId),
        stream: true,
        stream_options: { include_usage: true },
      } as const;
      const call = { signal, streamed: true, totalMs: request.timeoutMs };
      const exchange = await this.send(target, body, call);
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

  private send(target: AuthorizedTarget, body: Body, call: EgressCall): Promise<Exchange> {
    const base = baseUrl(target);
    return exchange({
      egress: this.egress,
      target,
      call,
      headers: authorization(target),
      refused: (text, speaker) =>
        refused(readRefusal(speaker.status, parseJson(text), text), ROWS, speaker),
      send: (fetch) => {
        const client = new OpenAI({
          // All given, so that the SDK takes none from the environment.
          apiKey: 'unused',
          adminAPIKey: null,
          organization: null,
          project: null,
          webhookSecret: null,
          baseURL: base.origin + base.pathname,
          defaultQuery: Object.fromEntries(base.searchParams),
          maxRetries: 0,
          logLevel: 'off',
          fetch,
        });
        return client.chat.completions.create(body).asResponse();
      },
    });
  }
}

function baseUrl({ baseUrl: address, providerSlug }: AuthorizedTarget): URL {
  if (address !== null) return allowedUrl(address, true);
  if (providerSlug === 'openai') return new URL(OPENAI_URL);
  throw new InferenceError('CONFIGURATION_ERROR', `The provider ${providerSlug} has no base URL.`);
}

function authorization(target: AuthorizedTarget): Record<string, string> {
  const { credentials } = target;
  if (credentials.kind !== 'api_key') return {};
  return { authorization: `Bearer ${checkedKey(credentials.apiKey, target)}` };
}

/** A key that a header may carry; the reason never repeats the key. */
function checkedKey(apiKey: string, { providerSlug }: AuthorizedTarget): string {
  if (/^[\x21-\x7e]+$/.test(apiKey)) return apiKey;
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
