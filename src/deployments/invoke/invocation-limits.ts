import { Injectable, UnprocessableEntityException } from '@nestjs/common';

import type { ModelDeployment } from '../../generated/prisma/client.js';
import type { InferenceRequest, Usage } from '../../inference/adapter.js';
import { ProblemException } from '../../shared/http/problem.js';
import {
  LimitReached,
  RateLimits,
  type Demand,
  type Taken,
} from '../../shared/limits/rate-limits.js';
import { estimateTokens } from './token-estimate.js';

/** No answer is larger; a provider that says so shall not close a deployment for good. */
const MOST_TOKENS = 1_000_000_000;

interface LimitOfDeployment extends Demand {
  readonly name: 'rpmLimit' | 'tpmLimit';
  readonly unit: string;
}

/** What a call holds of its deployment's limits. */
export interface Reservation {
  /** Says what the call really used; null: that is not known, and the estimate stands. */
  settle(tokens: number | null): Promise<void>;
}

/** Keeps deployments within their rpmLimit and tpmLimit, over all processes. */
@Injectable()
export class InvocationLimits {
  constructor(private readonly limits: RateLimits) {}

  /**
   * Reserves one request and as many tokens as it will use by estimate.
   * @throws ProblemException 429 when a limit is reached; UnprocessableEntityException when the
   *   request alone is more than the limit; ServiceUnavailableException. Nothing is taken then.
   */
  async reserve(
    deployment: Pick<ModelDeployment, 'id' | 'rpmLimit' | 'tpmLimit'>,
    request: InferenceRequest,
  ): Promise<Reservation> {
    const tokens = estimateTokens(request);
    const { tpmLimit } = deployment;
    if (tpmLimit !== null && tokens > tpmLimit) {
      throw new UnprocessableEntityException(
        `The request is estimated at ${tokens} tokens, more than the deployment's tpmLimit of ` +
          `${tpmLimit} tokens per minute: it can never be sent. A lower maxOutputTokens may help.`,
      );
    }
    const taken = await this.limits.take(demandsOf(deployment, tokens)).catch(refuse);
    const reserved = taken.find(({ demand }) => demand.name === 'tpmLimit');
    return { settle: (used) => this.settle(reserved, used) };
  }

  private async settle(reserved: Taken | undefined, used: number | null): Promise<void> {
    if (!reserved || used === null) return;
    await this.limits.settle(reserved, Math.min(used, MOST_TOKENS));
  }
}

/** All tokens of a call; null: the provider did not say. */
export function tokensOf(usage: Usage | null): number | null {
  if (usage === null) return null;
  const { inputTokens, outputTokens, totalTokens } = usage;
  const sum = inputTokens === null || outputTokens === null ? null : inputTokens + outputTokens;
  const tokens = sum ?? totalTokens;
  return tokens !== null && tokens >= 0 ? Math.ceil(tokens) : null;
}

function demandsOf(
  { id, rpmLimit, tpmLimit }: Pick<ModelDeployment, 'id' | 'rpmLimit' | 'tpmLimit'>,
  tokens: number,
): LimitOfDeployment[] {
  const demand = (
    name: LimitOfDeployment['name'],
    unit: string,
    limit: number | null,
    amount: number,
  ): LimitOfDeployment[] =>
    limit === null ? [] : [{ key: `${name}:${id}`, name, unit, amount, limit }];
  return [
    ...demand('rpmLimit', 'requests', rpmLimit, 1),
    ...demand('tpmLimit', 'tokens', tpmLimit, tokens),
  ];
}

function refuse(error: unknown): never {
  if (!(error instanceof LimitReached)) throw error;
  const { name, limit, unit } = error.demand;
  throw new ProblemException(
    429,
    `The deployment's ${name} of ${limit} ${unit} per minute is reached.`,
    { retryAfterMs: error.waitMs },
  );
}
