import { CertificationProfile } from '../../generated/prisma/client.js';
import { PROBES } from '../probes/index.js';

/** Raised when a probe asks for more than before: certificates earned earlier count no more. */
export const SUITE_MAJOR = 2;

/** Version of the probes; a certificate says which one it was earned with. */
export const SUITE_VERSION = `${SUITE_MAJOR}.1.0`;

const POSITIONS = new Map(PROBES.map(({ name }, index) => [name, index]));

interface Timed {
  readonly probe: string;
  readonly attempt: number;
  readonly startedAt: Date;
}

/** Orders attempts as they were made: those that began in one millisecond go by the suite. */
export function byTime(a: Timed, b: Timed): number {
  const position = ({ probe }: Timed) => POSITIONS.get(probe) ?? -1;
  return (
    a.startedAt.getTime() - b.startedAt.getTime() ||
    position(a) - position(b) ||
    a.attempt - b.attempt
  );
}

/** From the shallowest on. */
const PROFILES = Object.values(CertificationProfile);

/** How many probes a profile has. */
export function probesOf(profile: CertificationProfile): number {
  return PROBES.filter(({ from }) => runsIn(profile, from)).length;
}

/** The profiles whose verdict says at least as much as one of this profile. */
export function profilesWithin(profile: CertificationProfile): CertificationProfile[] {
  return PROFILES.filter((other) => runsIn(other, profile));
}

/** Whether a profile includes what is tested from another one on. */
export function runsIn(profile: CertificationProfile, from: CertificationProfile): boolean {
  return PROFILES.indexOf(profile) >= PROFILES.indexOf(from);
}
