import { Confinement } from '../../shared/http/caller-context.js';

/** What a user's row, or a key's, says about the providers that may be used. */
export interface Access {
  /** Whether only `providers` may be. */
  readonly confined: boolean;
  readonly providers: readonly { readonly providerId: string }[];
}

/** What somebody may use by all of these together: what each of them allows. */
export function confinementOf(accesses: readonly Access[]): Confinement | null {
  const [first, ...others] = accesses
    .filter(({ confined }) => confined)
    .map(({ providers }) => new Set(providers.map(({ providerId }) => providerId)));
  if (!first) return null;
  return new Confinement([...first].filter((id) => others.every((other) => other.has(id))));
}
