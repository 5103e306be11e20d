import type {
  InferenceAnswer,
  InferenceRequest,
  InferenceTarget,
  StreamChunk,
  StreamedAnswer,
} from '../../inference/adapter.js';
import { collect } from '../../inference/collect.js';
import type { Transport } from './sender.js';

/** Makes an id that no provider can know of one that it does. */
const UNKNOWN_MODEL = '-does-not-exist';

/** What carries requests to a target: the inference service, or one of its adapters. */
interface Door<Target> {
  invoke(target: Target, request: InferenceRequest, signal: AbortSignal): Promise<InferenceAnswer>;
  stream(
    target: Target,
    request: InferenceRequest,
    signal: AbortSignal,
  ): AsyncGenerator<readonly StreamChunk[], StreamedAnswer>;
}

/** Carries the requests of a session to a target. */
export function transportTo<Target extends InferenceTarget>(
  door: Door<Target>,
  declared: Target,
  signal: AbortSignal,
): Transport {
  return async (request, { streamed, unknownModel }) => {
    const target = unknownModel
      ? { ...declared, modelId: `${declared.modelId}${UNKNOWN_MODEL}` }
      : declared;
    if (!streamed) {
      const answer = await door.invoke(target, request, signal);
      return { answer, firstTokenMs: null, events: null };
    }
    const answer = await collect(door.stream(target, request, signal));
    return { answer, firstTokenMs: answer.firstTokenMs, events: answer.chunks.length };
  };
}
