import type { ModelDeployment } from '../../generated/prisma/client.js';
import type { InferenceAnswer, StreamChunk, Usage } from '../../inference/adapter.js';
import { isCount } from '../../inference/usage.js';
import { costOf } from '../prices/cost.js';
import type { InvocationCostDto, InvocationDeltaDto, InvocationDto } from './invocation.dto.js';

/** An answer as the client gets it. */
export function answerOf(
  {
    id,
    region,
    deployment,
  }: {
    readonly id: string;
    readonly region: string;
    readonly deployment: ModelDeployment;
  },
  answer: InferenceAnswer,
  firstTokenMs: number | null,
): InvocationDto {
  const { text, reasoning, toolCalls, stopReason, usage, model, requestId, totalMs } = answer;
  return {
    id,
    deploymentId: deployment.id,
    region,
    model,
    answeredRegion: answer.region,
    text,
    reasoning,
    toolCalls: toolCalls.map((call) => ({
      id: call.id,
      name: call.name,
      arguments: call.arguments,
    })),
    stopReason,
    usage,
    cost: costOfCall(deployment, usage),
    latency: {
      totalMs: Math.round(totalMs),
      firstTokenMs: firstTokenMs === null ? null : Math.round(firstTokenMs),
    },
    requestId,
  };
}

/** A piece of an answer as the client gets it. */
export function deltaOf({ text, reasoning, toolCalls, atMs }: StreamChunk): InvocationDeltaDto {
  return {
    text,
    reasoning,
    toolCalls: toolCalls.map(({ index, id, name, arguments: args }) => ({
      index,
      id,
      name,
      arguments: args,
    })),
    atMs: Math.round(atMs),
  };
}

/** What a call cost; null: the usage is not known, or reserved throughput is paid by the hour. */
function costOfCall(deployment: ModelDeployment, usage: Usage | null): InvocationCostDto | null {
  const { inputTokens = null, outputTokens = null } = usage ?? {};
  if (deployment.inferenceType === 'PROVISIONED') return null;
  if (!isCount(inputTokens) || !isCount(outputTokens)) return null;
  const cost = costOf(deployment, { inputTokens, outputTokens, hours: 0 });
  return { inputUsd: cost.inputUsd, outputUsd: cost.outputUsd, totalUsd: cost.costUsd };
}
