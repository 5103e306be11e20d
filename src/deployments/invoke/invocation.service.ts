import { randomUUID } from 'node:crypto';

import { ConflictException, Injectable } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';

import type { ModelDeployment } from '../../generated/prisma/client.js';
import type {
  InferenceAnswer,
  InferenceRequest,
  InferenceTarget,
  StreamChunk,
  StreamedAnswer,
} from '../../inference/adapter.js';
import { carriesToken } from '../../inference/chunks.js';
import { InferenceError, type ErrorCategory } from '../../inference/inference-error.js';
import { problemOf } from '../../inference/inference-problem.js';
import { InferenceService } from '../../inference/inference.service.js';
import { isRejection } from '../../inference/rejection.js';
import { readCapabilities } from '../../models/capabilities.js';
import { EventStream, type ServerEvent } from '../../shared/http/event-stream.js';
import { hideSecrets } from '../../shared/secrets/hide-secrets.js';
import { DeploymentService } from '../deployment.service.js';
import { targetOf } from '../target.js';
import { answerOf, deltaOf } from './invocation-answer.js';
import { InvocationFinishedEvent, type FinishedInvocation } from './invocation-finished.event.js';
import type { InvocationInput } from './invocation-input.dto.js';
import { InvocationLimits, tokensOf, type Reservation } from './invocation-limits.js';
import { requestOf } from './invocation-request.js';
import { checkInvocation } from './invocation-rules.js';
import type { InvocationDto } from './invocation.dto.js';

/** The provider may have worked, and counted, before these. */
const MAY_HAVE_USED: readonly ErrorCategory[] = [
  'TIMEOUT',
  'CANCELLED',
  'NETWORK_ERROR',
  'PROTOCOL_ERROR',
];

/** What is asked, of which deployment, by whom. */
export interface Asked {
  /** Of the deployment. */
  readonly id: string;
  readonly input: InvocationInput;
  /** Whose own credentials are used where they stored some; null: nobody's. */
  readonly userId: string | null;
}

/** A call that may be made. */
interface Call {
  readonly id: string;
  readonly deployment: ModelDeployment;
  readonly region: string;
  readonly target: InferenceTarget;
  readonly request: InferenceRequest;
  readonly reservation: Reservation;
  readonly startedAt: number;
}

/** Calls deployments on behalf of clients: one request to the provider each, never repeated. */
@Injectable()
export class InvocationService {
  constructor(
    private readonly deployments: DeploymentService,
    private readonly inference: InferenceService,
    private readonly limits: InvocationLimits,
    private readonly events: EventEmitter2,
  ) {}

  /**
   * Whole, or as events `delta` and `done`.
   * @param gone aborts the call
   * @throws NotFoundException, ConflictException, InvalidInput, ProblemException
   */
  answer(asked: Asked, streamed: boolean, gone: AbortSignal): Promise<InvocationDto> | EventStream {
    return streamed ? new EventStream(this.stream(asked, gone)) : this.invoke(asked, gone);
  }

  private async invoke(asked: Asked, gone: AbortSignal): Promise<InvocationDto> {
    const call = await this.begin(asked);
    const answer = await this.inference
      .invoke(call.target, call.request, gone)
      .catch((error: unknown) => this.failed(call, error, false));
    return this.finished(call, answer, null);
  }

  private async *stream(asked: Asked, gone: AbortSignal): AsyncGenerator<ServerEvent, void> {
    const call = await this.begin(asked);
    const chunks: AsyncGenerator<readonly StreamChunk[], StreamedAnswer | null> =
      this.inference.stream(call.target, call.request, gone);
    let begun = false;
    let ended = false;
    try {
      for (;;) {
        const step = await chunks.next().catch((error: unknown) => {
          ended = true;
          return this.failed(call, error, begun);
        });
        if (step.done === true) {
          ended = true;
          if (step.value === null) return;
          const data = await this.finished(call, step.value, step.value.firstTokenMs);
          yield { event: 'done', data };
          return;
        }
        for (const chunk of step.value) {
          // The first one goes out in any case: it says that the provider has begun to answer.
          if (begun && !carriesToken(chunk)) continue;
          begun = true;
          yield { event: 'delta', data: deltaOf(chunk) };
        }
      }
    } finally {
      if (!ended) this.tell(call, { ok: false, category: 'CANCELLED' });
      await chunks.return(null);
    }
  }

  private async begin({ id, input, userId }: Asked): Promise<Call> {
    const deployment = await this.deployments.find(id);
    const { provider, baseModel, customParams } = deployment;
    if (!deployment.isActive) throw new ConflictException('The deployment is not active.');
    if (!provider.isActive) throw new ConflictException('The provider is not active.');
    const capabilities = readCapabilities(baseModel.capabilities);
    const region = checkInvocation(input, deployment, capabilities);
    const { maxOutputTokens } = capabilities;
    const { defaultParams } = baseModel;
    const request = requestOf(input, { customParams, defaultParams, maxOutputTokens });
    return {
      id: randomUUID(),
      deployment,
      region,
      target: targetOf(deployment, region, userId),
      request,
      reservation: await this.limits.reserve(deployment, request),
      startedAt: performance.now(),
    };
  }

  private async finished(
    call: Call,
    answer: InferenceAnswer,
    firstTokenMs: number | null,
  ): Promise<InvocationDto> {
    await call.reservation.settle(tokensOf(answer.usage));
    const dto = answerOf(call, answer, firstTokenMs);
    this.tell(call, {
      ok: true,
      latencyMs: dto.latency.totalMs,
      firstTokenMs: dto.latency.firstTokenMs,
      inputTokens: dto.usage?.inputTokens ?? null,
      outputTokens: dto.usage?.outputTokens ?? null,
      costUsd: dto.cost?.totalUsd ?? null,
    });
    return dto;
  }

  /** @throws always, what the client is told */
  private async failed(call: Call, error: unknown, begun: boolean): Promise<never> {
    if (!(error instanceof InferenceError)) throw error;
    const { category } = error;
    this.tell(call, { ok: false, category, refused: isRejection(error) });
    if (!begun && !MAY_HAVE_USED.includes(category)) await call.reservation.settle(0);
    throw problemOf(withoutSecrets(error));
  }

  private tell(
    { id, deployment, region, startedAt }: Call,
    facts: Partial<FinishedInvocation> & Pick<FinishedInvocation, 'ok'>,
  ): void {
    const { providerId, baseModelId } = deployment;
    const invocation: FinishedInvocation = {
      id,
      deploymentId: deployment.id,
      providerId,
      baseModelId,
      region,
      category: null,
      refused: false,
      latencyMs: Math.round(performance.now() - startedAt),
      firstTokenMs: null,
      inputTokens: null,
      outputTokens: null,
      costUsd: null,
      at: new Date(),
      ...facts,
    };
    this.events.emit(InvocationFinishedEvent.NAME, new InvocationFinishedEvent(invocation));
  }
}

function withoutSecrets(error: InferenceError): InferenceError {
  const hide = (text: string | undefined) => (text === undefined ? undefined : hideSecrets(text));
  const { category, code, requestId, retryAfterMs } = error;
  return new InferenceError(category, hideSecrets(error.message), {
    code: hide(code),
    requestId: hide(requestId),
    retryAfterMs,
    cause: error,
  });
}
