import type { InferenceProfile } from '../control-plane/control-plane-answers.js';
import { parseModelId } from './model-id-normalizer.js';

/** Stands among destinations for every commercial region: the model's ARN names none. */
const ANY_REGION = 'global';

/** Whose profile it is, and how far it reaches; the order they are listed in. */
const KINDS = ['geographic', 'global', 'application'] as const;
export type ProfileKind = (typeof KINDS)[number];

/** A profile through which a model can be called. */
export interface ProfileCandidate {
  readonly id: string;
  readonly arn: string;
  readonly kind: ProfileKind;
  /** `us`, `eu`, …; null: an application profile, whose id does not tell. */
  readonly geo: string | null;
  /** Regions that may answer, in order; `global` among them: any commercial one. */
  readonly destinations: readonly string[];
}

/** The active profiles among these that serve the model, those of the nearest reach first. */
export function candidatesFor(
  foundationModelId: string,
  profiles: readonly InferenceProfile[],
): ProfileCandidate[] {
  return profiles
    .filter((profile) => profile.active && foundationModelsOf(profile).includes(foundationModelId))
    .flatMap((profile) => toCandidate(profile) ?? [])
    .toSorted((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || (a.id < b.id ? -1 : 1));
}

/** The foundation models a profile serves, each once. */
export function foundationModelsOf({ modelArns }: InferenceProfile): string[] {
  return [...new Set(modelArns.flatMap((arn) => parseModelId(arn)?.foundationModelId ?? []))];
}

/** Where a profile may send a call, in order. */
export function destinationsOf({ modelArns }: InferenceProfile): string[] {
  const models = modelArns.flatMap((arn) => parseModelId(arn) ?? []);
  return [...new Set(models.map(({ region }) => region ?? ANY_REGION))].toSorted();
}

function toCandidate(profile: InferenceProfile): ProfileCandidate | null {
  const { id, arn, type } = profile;
  if (type === null) return null;
  const geo = type === 'APPLICATION' ? null : (parseModelId(id)?.geo ?? null);
  const kind = type === 'APPLICATION' ? 'application' : geo === 'global' ? geo : 'geographic';
  return { id, arn, kind, geo, destinations: destinationsOf(profile) };
}
