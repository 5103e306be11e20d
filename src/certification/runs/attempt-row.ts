import type { CertificationProbeResult } from '../../generated/prisma/client.js';
import type { Attempt } from '../validation/outcome.js';
import type { ProbeMetrics } from '../probes/probe.js';
import type { Exchange } from '../session/exchange.js';

/** The columns of an attempt, as JSON can carry them. */
export function attemptRow(attempt: Attempt) {
  const { exchanges, metrics, warnings, startedAt, completedAt, ...columns } = attempt;
  return {
    ...columns,
    warnings,
    evidence: exchanges,
    metrics,
    inputTokens: total(exchanges, 'inputTokens'),
    outputTokens: total(exchanges, 'outputTokens'),
    startedAt,
    completedAt,
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

function total(exchanges: readonly Exchange[], count: 'inputTokens' | 'outputTokens'): number {
  return exchanges.reduce((sum, { usage }) => sum + (usage?.[count] ?? 0), 0);
}

function exchangesIn(evidence: unknown): Exchange[] {
  return Array.isArray(evidence) ? evidence.filter(isExchange) : [];
}

/** Only this file writes the column, so its marks are enough to know an exchange by. */
function isExchange(value: unknown): value is Exchange {
  return (
    typeof value === 'object' &&
    value !== null &&
    'label' in value &&
    'answered' in value &&
    'faults' in value &&
    Array.isArray(value.faults)
  );
}

function isMetrics(value: unknown): value is ProbeMetrics {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
