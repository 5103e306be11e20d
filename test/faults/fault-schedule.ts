import { randomFrom } from '../support/random.js';

/** What a soak does to the system. */
export type FaultKind =
  | 'kill worker'
  | 'freeze worker'
  | 'kill redis'
  | 'kill postgres'
  | 'provider fails'
  | 'provider throttles'
  | 'provider hangs'
  | 'provider cuts';

/** A fault, from when on and for how long, in milliseconds, and whom of several it meets. */
export interface PlannedFault {
  readonly at: number;
  readonly kind: FaultKind;
  readonly lasts: number;
  /** From 0 to 1: which of the workers or providers. */
  readonly whom: number;
}

const KINDS: readonly FaultKind[] = [
  'kill worker',
  'freeze worker',
  'kill redis',
  'kill postgres',
  'provider fails',
  'provider throttles',
  'provider hangs',
  'provider cuts',
];
/** Longer than a lease: whoever froze finds its run taken over. */
const FROZEN_MS = 10_000;

/**
 * Faults one after the other, each 5 to 30 s after the one before unless told otherwise; the same
 * for the same seed. Every kind comes once before one comes again.
 */
export function faultSchedule(
  seed: number,
  durationMs: number,
  hasRedis: boolean,
  [shortest, longest] = [5_000, 30_000],
): PlannedFault[] {
  const random = randomFrom(seed);
  const kinds = KINDS.filter((kind) => hasRedis || kind !== 'kill redis');
  const pause = () => Math.round(shortest + random() * (longest - shortest));
  const planned: PlannedFault[] = [];
  let round: FaultKind[] = [];
  for (let at = pause(); at < durationMs; at += pause()) {
    if (round.length === 0) round = [...kinds];
    const [kind = 'kill worker'] = round.splice(Math.floor(random() * round.length), 1);
    const lasts = kind === 'freeze worker' ? FROZEN_MS : 500 + random() * 3_000;
    planned.push({ at, kind, lasts: Math.round(lasts), whom: random() });
  }
  return planned;
}
