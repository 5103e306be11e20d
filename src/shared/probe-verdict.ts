import type { ProbeVerdict } from '../generated/prisma/client.js';

const PASSES: ReadonlySet<string> = new Set<ProbeVerdict>(['PASS', 'PASS_WITH_WARNING']);
const FAILS: ReadonlySet<string> = new Set<ProbeVerdict>(['FAIL_CAPABILITY', 'FAIL_BEHAVIOUR']);

/** Whether a probe that came out so showed that a deployment can do what was tested. */
export function isPass(verdict: string): boolean {
  return PASSES.has(verdict);
}

/** Whether it showed that the deployment cannot. */
export function isFail(verdict: string): boolean {
  return FAILS.has(verdict);
}

/** Whether it showed either. */
export function isJudged(verdict: string): boolean {
  return isPass(verdict) || isFail(verdict);
}
