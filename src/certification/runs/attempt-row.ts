import { randomUUID } from 'node:crypto';

import type { CertificationProbeResult } from '../../generated/prisma/client.js';
import { isCount } from '../../inference/usage.js';
import { isObject } from '../../shared/json.js';
import type { Attempt } from '../validation/outcome.js';
import type { ProbeMetrics } from '../probes/probe.js';
import type { Exchange } from '../session/exchange.js';
import type { Claim } from './claim.js';

/** Of PostgreSQL's type of that name. */
const MAX_INTEGER = 2_147_483_647;

/** The columns of an attempt made under a claim, as JSON can carry them. */
export function attemptRow({ runId, fence }: Claim, attempt: Attempt) {
  const { exchanges, ...columns } = attempt;
  return {
    id: randomUUID(),
    runId,
    fence,
    evidence: exchanges,
    inputTokens: total(exchanges, 'inputTokens'),
    outputTokens: total(exchanges, 'outputTokens'),
    ...columns,
  };
}

/** The attempt in a row. */
export function attemptFrom(row: CertificationProbeResult): Attempt {
  const { probe, attempt, verdict, reason, message, warnings, costUsd } = row;
  const { startedAt, completedAt } = row;
  return {
    probe,
    attempt,
    verdict,
    reason,
    message,
    warnings,
    costUsd,
    startedAt,
    completedAt,
    metrics: isMetrics(row.metrics) ? row.metrics : null,
    exchanges: exchangesIn(row.evidence),
  };
}

/** Of what is reported as a count, as far as the column can hold it. */
function total(exchanges: readonly Exchange[], count: 'inputTokens' | 'outputTokens'): number {
  const counts = exchanges.map(({ usage }) => usage?.[count]).filter(isCount);
  return Math.min(
    counts.reduce((sum, tokens) => sum + tokens, 0),
    MAX_INTEGER,
  );
}

function exchangesIn(evidence: unknown): Exchange[] {
  return Array.isArray(evidence) ? evidence.filter(isExchange) : [];
}

/** Only this file writes the column, so its marks are enough to know an exchange by. */
function isExchange(value: unknown): value is Exchange {
  return isObject(value) && 'label' in value && 'answered' in value && Array.isArray(value.faults);
}

function isMetrics(value: unknown): value is ProbeMetrics {
  return isObject(value);
}
