import { CATEGORIES } from '../../inference/inference-error.js';
import { isFail, isJudged, isPass } from '../../shared/probe-verdict.js';
import type { Fault } from '../session/exchange.js';
import { isInconclusive, isTest, type Attempt, type Outcome } from './outcome.js';

/** The parts of a rating, each from 0 to 1; null: could not be measured. */
export interface Scores {
  /** Share of the judged probes that pass; a core claim counts twice. */
  readonly correctness: number | null;
  /** Share of the requests that met no transient fault at the first try, throttling apart. */
  readonly reliability: number | null;
  /** Share of the judged probes whose attempts all agreed. */
  readonly consistency: number | null;
  /** 1 for a first token within a second, 0 from ten seconds on. */
  readonly latency: number | null;
}

export interface Rating {
  /** From 0 to 5 in steps of 0.1; null: too little could be judged. */
  readonly rating: number | null;
  readonly badge: Badge | null;
  readonly scores: Scores;
}

/** Version of the formula: a certificate says by which one it was rated. */
export const FORMULA_VERSION = '1';

const WEIGHTS = { correctness: 0.55, reliability: 0.2, consistency: 0.1, latency: 0.15 } as const;
const CORE_FAIL_CAP = 2.9;
const OTHER_FAIL_CAP = 3.9;
const MAX_INCONCLUSIVE_SHARE = 0.2;

/** What a rating is called. */
export const Badge = {
  PREMIUM: 'PREMIUM',
  RECOMMENDED: 'RECOMMENDED',
  FUNCTIONAL: 'FUNCTIONAL',
  LIMITED: 'LIMITED',
  NOT_RECOMMENDED: 'NOT_RECOMMENDED',
  UNAVAILABLE: 'UNAVAILABLE',
} as const;
export type Badge = keyof typeof Badge;

/** The least rating of each badge; below them all: UNAVAILABLE. */
const BADGES = [
  [4.8, 'PREMIUM'],
  [4, 'RECOMMENDED'],
  [3, 'FUNCTIONAL'],
  [2, 'LIMITED'],
  [1, 'NOT_RECOMMENDED'],
] as const;

/**
 * Rates a run: 0 when it was refused, as the gate failed or a permanent fault was met; null when the
 * gate or more than a fifth of the required probes came to nothing; else the weighted scores, capped
 * by what failed.
 */
export function rate(
  outcomes: readonly Outcome[],
  attempts: readonly Attempt[],
  refused: boolean,
): Rating {
  const scores = scoresOf(outcomes, attempts);
  const rating = refused ? 0 : isRateable(outcomes) ? weigh(scores, outcomes) : null;
  return { rating, badge: rating === null ? null : badgeOf(rating), scores };
}

export function badgeOf(rating: number): Badge {
  return BADGES.find(([least]) => rating >= least)?.[1] ?? 'UNAVAILABLE';
}

/** Whether the certificate cannot do without a verdict on it. */
export function isRequired({ kind, verdict }: Outcome): boolean {
  const declared = verdict !== 'SKIPPED_NOT_DECLARED' && verdict !== 'INFO_UNDECLARED_SUPPORTED';
  return kind === 'gate' || (kind === 'core' && declared);
}

function isRateable(outcomes: readonly Outcome[]): boolean {
  const required = outcomes.filter(isRequired);
  const open = required.filter(({ verdict }) => !isJudged(verdict));
  if (open.some(({ kind }) => kind === 'gate')) return false;
  return open.length <= MAX_INCONCLUSIVE_SHARE * required.length;
}

function scoresOf(outcomes: readonly Outcome[], attempts: readonly Attempt[]): Scores {
  const judged = outcomes.filter((outcome) => isTest(outcome) && isJudged(outcome.verdict));
  const weight = ({ kind }: Outcome) => (kind === 'core' ? 2 : 1);
  const passed = judged.filter(({ verdict }) => isPass(verdict));
  const exchanges = attempts.flatMap((attempt) => attempt.exchanges);
  const disturbed = exchanges.filter(({ faults: [first] }) => first && isTransient(first));
  return {
    correctness: share(sum(passed.map(weight)), sum(judged.map(weight))),
    reliability: share(exchanges.length - disturbed.length, exchanges.length),
    consistency: share(judged.filter(({ flaky }) => !flaky).length, judged.length),
    latency: latencyScore(outcomes.find(({ kind }) => kind === 'measurement')),
  };
}

/** Throttling, a class of its own, says something about the account, not about the deployment. */
function isTransient({ category }: Fault): boolean {
  return CATEGORIES[category].retryClass === 'transient';
}

function latencyScore(measurement: Outcome | undefined): number | null {
  const ttft = measurement?.metrics?.ttftP50Ms ?? null;
  if (ttft === null || !measurement || isInconclusive(measurement.verdict)) return null;
  return Math.min(1, Math.max(0, 1 - Math.log10(Math.max(ttft, 1) / 1000)));
}

/** A score that could not be measured leaves its weight to the others. */
function weigh(scores: Scores, outcomes: readonly Outcome[]): number {
  let total = 0;
  let weights = 0;
  for (const [name, weight] of Object.entries(WEIGHTS)) {
    const score = scores[name as keyof Scores];
    if (score === null) continue;
    total += weight * score;
    weights += weight;
  }
  const raw = weights > 0 ? (5 * total) / weights : 0;
  // The small addend undoes the rounding error of sums such as 0.55 + 0.2 + 0.1.
  return Math.floor(Math.min(raw, capOf(outcomes)) * 10 + 1e-9) / 10;
}

function capOf(outcomes: readonly Outcome[]): number {
  const failed = outcomes.filter((outcome) => isTest(outcome) && isFail(outcome.verdict));
  if (failed.some(({ kind }) => kind === 'core')) return CORE_FAIL_CAP;
  return failed.length > 0 ? OTHER_FAIL_CAP : 5;
}

function share(part: number, whole: number): number | null {
  return whole > 0 ? part / whole : null;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
