import { describe, expect, it } from 'vitest';

import { JsonArray } from './json-array.js';

function arrayOf(elements: readonly unknown[]): JsonArray {
  const array = new JsonArray();
  for (const element of elements) array.push(JSON.stringify(element));
  return array;
}

describe('a growing JSON array', () => {
  it.each([
    ['nothing', []],
    ['one', [1]],
    ['several of all kinds', [null, 'ä€😀"\\', { a: [1, 2] }, []]],
    ['more than it has room for at first', Array.from({ length: 9 }, () => '€'.repeat(20_000))],
  ])('holds %s', (_, elements) => {
    const array = arrayOf(elements);
    expect(JSON.parse(array.toBuffer().toString())).toEqual(elements);
    expect(array.length).toBe(elements.length);
  });

  it('goes on growing after it was read', () => {
    const array = arrayOf([1]);
    expect(array.toBuffer().toString()).toBe('[1]');
    array.push('2');
    expect(array.toBuffer().toString()).toBe('[1,2]');
  });

  it.each([
    ['the same bytes', 1, true],
    ['others when it had become large', 2_000_000, false],
  ])('holds something else after it was emptied, in %s', (_, length, same) => {
    const array = arrayOf(['x'.repeat(length), 2]);
    const { buffer } = array.toBuffer();
    array.clear();
    expect(array.length).toBe(0);
    expect(array.toBuffer().toString()).toBe('[]');
    array.push('3');
    expect(array.toBuffer().toString()).toBe('[3]');
    expect(array.toBuffer().buffer === buffer).toBe(same);
  });
});
