import type { ProbeVerdict } from '../../generated/prisma/client.js';
import { ClaimName } from '../../models/capabilities.js';
import { isObject } from '../../shared/json.js';

export const ClaimState = { proved: 'proved', refuted: 'refuted', untested: 'untested' } as const;
export type ClaimState = keyof typeof ClaimState;

/** Every claim, the two limits included. */
export const CLAIM_NAMES: readonly ClaimName[] = Object.values(ClaimName);

const PASSES: ReadonlySet<string> = new Set<ProbeVerdict>(['PASS', 'PASS_WITH_WARNING']);
const FAILS: ReadonlySet<string> = new Set<ProbeVerdict>(['FAIL_CAPABILITY', 'FAIL_BEHAVIOUR']);

/** What the tests of one claim came to. */
export interface Finding {
  readonly state: ClaimState;
  /** Why it is refuted, or why its test found nothing. */
  readonly reason: string | null;
}

/** How one test of a certification came out. */
export interface TestResult {
  readonly claim: string;
  readonly verdict: string;
  readonly reason: string | null;
}

/** The tests in a certificate's `testResults`; whatever else the column holds is passed over. */
export function readTestResults(testResults: unknown): TestResult[] {
  if (!Array.isArray(testResults)) return [];
  return testResults
    .filter(isObject)
    .flatMap(({ claim, verdict, reason }) =>
      typeof claim === 'string' && typeof verdict === 'string'
        ? [{ claim, verdict, reason: typeof reason === 'string' ? reason : null }]
        : [],
    );
}

/** What the tests say about a claim. One that failed refutes it, whatever the others say. */
export function findingOf(claim: ClaimName, results: readonly TestResult[]): Finding {
  const ofClaim = results.filter((result) => result.claim === claim);
  const failed = ofClaim.find(({ verdict }) => FAILS.has(verdict));
  if (failed) return { state: 'refuted', reason: failed.reason };
  if (ofClaim.some(({ verdict }) => PASSES.has(verdict))) return { state: 'proved', reason: null };
  const [tried] = ofClaim;
  return { state: 'untested', reason: tried ? (tried.reason ?? tried.verdict) : null };
}
