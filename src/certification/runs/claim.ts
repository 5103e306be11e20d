/** Proof that a worker owns a run. Every write shows it; after another claim it is worth nothing. */
export interface Claim {
  readonly runId: string;
  readonly fence: number;
}

/** The run was claimed by somebody else, cancelled or removed: stop, and write nothing more. */
export class ClaimLost extends Error {
  constructor({ runId, fence }: Claim) {
    super(`The claim ${fence} on run ${runId} is lost.`);
  }
}
