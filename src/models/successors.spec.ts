import { describe, expect, it } from 'vitest';

import { successorProblem } from './successors.js';

const CHAIN = new Map([
  ['a', 'b'],
  ['b', 'c'],
  ['c', null],
]);

describe('successorProblem', () => {
  it.each([
    ['x', 'a', null],
    [null, 'a', null],
    ['x', 'x', 'must be the id of a model'],
    ['x', 'nobody', 'must be the id of a model'],
    ['a', 'a', 'must not lead back to this model'],
    ['c', 'a', 'must not lead back to this model'],
    ['a', 'c', null],
  ])('of %s replaced by %s is %s', (id, replacedBy, message) => {
    expect(successorProblem(CHAIN, id, replacedBy)?.message ?? null).toBe(message);
  });

  it('ends even where the chain is a circle already', () => {
    const circle = new Map([
      ['a', 'b'],
      ['b', 'a'],
    ]);
    expect(successorProblem(circle, 'x', 'a')).toBeNull();
  });
});
