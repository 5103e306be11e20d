import { expect, it } from 'vitest';

import { PROBES } from '../probes/index.js';
import { byTime } from './suite.js';

const made = (probe: string, attempt: number, ms: number) => ({
  ...{ probe, attempt, startedAt: new Date(ms) },
});

it('Attempts of one millisecond go by the suite, then by their number', () => {
  const inOrder = [
    made('vision', 1, 1),
    ...PROBES.flatMap(({ name }) => [made(name, 1, 2), made(name, 2, 2)]),
    made('basicChat', 3, 3),
  ];
  expect(inOrder.toReversed().toSorted(byTime)).toEqual(inOrder);
});
