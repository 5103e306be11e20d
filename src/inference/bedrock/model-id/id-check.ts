import type { Lifecycle } from '../control-plane/control-plane-answers.js';
import type { ProfileCandidate } from './profile-candidate.js';

/** What the control plane says of an id, an inference type and a region. */
export interface IdCheck {
  /** Whether the id can be invoked so; null: it could not be checked. */
  readonly usable: boolean | null;
  /** Why not, as a sentence; null: it is usable. */
  readonly reason: string | null;
  /** The model behind the id; null: not told. */
  readonly foundationModelId: string | null;
  /** Regions that may answer, in order; `global` among them: any commercial one. */
  readonly destinations: readonly string[];
  /** Of the foundation model; null: not told. */
  readonly lifecycle: Lifecycle | null;
  /** Profiles that serve the foundation model from the region, where the id is not usable. */
  readonly suggestions: readonly ProfileCandidate[];
}

/** An id that nobody could be asked about. @param why ends a sentence */
export function notChecked(why: string, foundationModelId: string | null = null): IdCheck {
  return {
    usable: null,
    reason: `The id could not be checked: ${why}`,
    foundationModelId,
    destinations: [],
    lifecycle: null,
    suggestions: [],
  };
}
