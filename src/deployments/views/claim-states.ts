import { ClaimName } from '../../models/capabilities.js';
import {
  isObject,
  numberOrNull,
  objectOrNull,
  stringOrNull,
  type JsonObject,
} from '../../shared/json.js';
import { isFail, isPass } from '../../shared/probe-verdict.js';

export const ClaimState = { proved: 'proved', refuted: 'refuted', untested: 'untested' } as const;
export type ClaimState = keyof typeof ClaimState;

/** Every claim, the two limits included. */
export const CLAIM_NAMES: readonly ClaimName[] = Object.values(ClaimName);

/** What the tests of one claim came to. */
export interface Finding {
  readonly state: ClaimState;
  /** Why it is refuted, or why its test found nothing, or not all. */
  readonly reason: string | null;
  /** Tokens up to which a limit was seen to hold; null: not known, or no test passed. */
  readonly provedUpTo: number | null;
}

/** How one test of a certification came out. */
export interface TestResult {
  readonly claim: string;
  readonly verdict: string;
  readonly reason: string | null;
  /** Tokens up to which a limit was seen to hold, and whether that is all of it. */
  readonly verifiedTo: number | null;
  readonly isWhole: boolean;
}

/** The reason why a window of which only a part was filled is not proved. */
const PARTIALLY_VERIFIED = 'PARTIALLY_VERIFIED';

/** The tests in a certificate's `testResults`; whatever else the column holds is passed over. */
export function readTestResults(testResults: unknown): TestResult[] {
  return Array.isArray(testResults) ? testResults.filter(isObject).flatMap(readTestResult) : [];
}

function readTestResult({ claim, verdict, reason, metrics }: JsonObject): TestResult[] {
  if (typeof claim !== 'string' || typeof verdict !== 'string') return [];
  const { contextVerifiedTo, wholeWindow } = objectOrNull(metrics) ?? {};
  return [
    {
      ...{ claim, verdict, reason: stringOrNull(reason) },
      ...{ verifiedTo: numberOrNull(contextVerifiedTo), isWhole: wholeWindow === 1 },
    },
  ];
}

/** What the tests say about a claim. One that failed refutes it, whatever the others say. */
export function findingOf(claim: ClaimName, results: readonly TestResult[]): Finding {
  const ofClaim = results.filter((result) => result.claim === claim);
  const failed = ofClaim.find(({ verdict }) => isFail(verdict));
  if (failed) return { state: 'refuted', reason: failed.reason, provedUpTo: null };
  const passed = ofClaim.find(({ verdict }) => isPass(verdict));
  if (passed) {
    const { verifiedTo: provedUpTo, isWhole } = passed;
    return claim === 'maxContextWindow' && !isWhole
      ? { state: 'untested', reason: PARTIALLY_VERIFIED, provedUpTo }
      : { state: 'proved', reason: null, provedUpTo };
  }
  const [tried] = ofClaim;
  const reason = tried ? (tried.reason ?? tried.verdict) : null;
  return { state: 'untested', reason, provedUpTo: null };
}
