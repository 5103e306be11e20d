import type {
  Adapter,
  AuthorizedTarget,
  InferenceAnswer,
  InferenceRequest,
  StreamChunk,
  StreamedAnswer,
} from '../adapter.js';
import { firstTokenMs, joinToolCalls } from '../chunks.js';
import type { Egress } from '../egress.js';
import { InferenceError } from '../inference-error.js';
import { asInferenceError, notUnderstood, requestId, type Speaker } from '../speaker.js';
import { AwsCall } from './aws-call.js';
import { BedrockClients } from './bedrock-clients.js';
import type { Asked, Dialect } from './bedrock-dialect.js';
import { faultOf, speakerIn } from './bedrock-error.js';
import { CONVERSE } from './converse.js';
import { invokeModel } from './invoke-model.js';
import { vendorModel } from './vendors/index.js';

/** Speaks to Amazon Bedrock's runtime. The model id is sent as it is, ids and ARNs alike. */
export class BedrockAdapter implements Adapter {
  readonly kind = 'bedrock';
  private readonly clients: BedrockClients;

  constructor(egress: Egress) {
    this.clients = new BedrockClients(egress);
  }

  async invoke(
    target: AuthorizedTarget,
    request: InferenceRequest,
    signal: AbortSignal,
  ): Promise<InferenceAnswer> {
    const startedAt = performance.now();
    const call = new AwsCall(signal, request.timeoutMs);
    try {
      const dialect = dialectOf(target);
      const asked = this.asked(target, request, call);
      const output = await bySdk(() => dialect.ask(asked), target, call);
      const totalMs = performance.now() - startedAt;
      const speaker = whoAnswered(target, call);
      const said = dialect.readAnswer(output, speaker, call.text);
      return { ...said, region: null, requestId: requestId(speaker), totalMs };
    } catch (error) {
      throw asInferenceError(error, target.providerSlug, speakerIn(target, call));
    }
  }

  async *stream(
    target: AuthorizedTarget,
    request: InferenceRequest,
    signal: AbortSignal,
  ): AsyncGenerator<readonly StreamChunk[], StreamedAnswer> {
    const startedAt = performance.now();
    const call = new AwsCall(signal, request.timeoutMs);
    try {
      const dialect = dialectOf(target);
      const asked = this.asked(target, request, call);
      const stream = await bySdk(() => dialect.askForStream(asked), target, call);
      const events = stream[Symbol.asyncIterator]();
      const chunks: StreamChunk[] = [];
      for (;;) {
        const { done, value } = await bySdk(() => events.next(), target, call);
        if (done === true) break;
        const chunk = dialect.readEvent(value, call.arrivedAt - startedAt);
        chunks.push(chunk);
        yield [chunk];
      }
      const totalMs = call.arrivedAt - startedAt;
      return assemble(chunks, dialect, whoAnswered(target, call), totalMs);
    } catch (error) {
      throw asInferenceError(error, target.providerSlug, speakerIn(target, call));
    } finally {
      call.leave();
    }
  }

  private asked(target: AuthorizedTarget, request: InferenceRequest, call: AwsCall): Asked {
    return { client: this.clients.for(target), modelId: target.modelId, request, call };
  }
}

function dialectOf({ modelId }: AuthorizedTarget): Dialect {
  const { model, quirks } = vendorModel(modelId);
  const format = quirks.prompt?.(model) ?? null;
  return format === null ? CONVERSE : invokeModel(format);
}

/** What the SDK does for a call. @throws InferenceError only */
async function bySdk<T>(
  work: () => Promise<T>,
  target: AuthorizedTarget,
  call: AwsCall,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw faultOf(error, target, call);
  }
}

function whoAnswered(target: AuthorizedTarget, call: AwsCall): Speaker {
  const speaker = speakerIn(target, call);
  if (speaker !== undefined) return speaker;
  throw new InferenceError('INTERNAL_ERROR', 'The SDK answered without having asked.');
}

function assemble(
  chunks: readonly StreamChunk[],
  dialect: Dialect,
  speaker: Speaker,
  totalMs: number,
): StreamedAnswer {
  const stopped = chunks.findLast(({ stopReason }) => stopReason !== null);
  if (stopped === undefined) {
    const words = 'ended its stream before the model had stopped';
    throw notUnderstood(speaker, 'STREAM_INCOMPLETE', words);
  }
  const raw = chunks.map((chunk) => chunk.raw);
  return {
    text: chunks.map(({ text }) => text).join(''),
    reasoning: chunks.map(({ reasoning }) => reasoning).join(''),
    toolCalls: joinToolCalls(chunks),
    stopReason: stopped.stopReason,
    usage: chunks.findLast(({ usage }) => usage !== null)?.usage ?? null,
    model: chunks.findLast(({ model }) => model !== null)?.model ?? null,
    region: null,
    requestId: requestId(speaker),
    totalMs,
    replay: dialect.replay(raw),
    raw,
    chunks,
    firstTokenMs: firstTokenMs(chunks),
  };
}
