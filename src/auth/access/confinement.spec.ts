import { describe, expect, it } from 'vitest';

import { keptUnder } from '../../shared/http/caller-context.js';
import { confinementOf, type Access } from './confinement.js';

const to = (...ids: string[]): Access => ({
  confined: true,
  providers: ids.map((providerId) => ({ providerId })),
});
/** The rows a user had before they were set free say nothing. */
const FREE: Access = { confined: false, providers: [{ providerId: 'a' }] };

describe('what somebody may use', () => {
  it.each<[string, Access[], string[] | null]>([
    ['is everything, without confinement', [FREE, FREE], null],
    ['is what a confined user may', [to('a', 'b')], ['a', 'b']],
    ['is what a confined key may', [to('a'), FREE], ['a']],
    ['is what both the key and the user may', [to('a', 'b'), to('c', 'b')], ['b']],
    ['is nothing where they agree on nothing', [to('a'), to('b')], []],
    ['is nothing where nothing is left', [to()], []],
  ])('%s', (_, accesses, ids) => {
    expect(confinementOf(accesses)?.ids ?? null).toEqual(ids);
  });

  it('is kept apart from what others may, and shared with those confined alike', () => {
    const under = (...accesses: Access[]) => keptUnder('/x', confinementOf(accesses));
    expect(under(FREE)).toBe('/x');
    expect(under(to('a', 'b'))).toBe(under(to('b', 'a'), FREE));
    const keys = [under(FREE), under(to()), under(to('a')), under(to('b')), under(to('a', 'b'))];
    expect(new Set(keys).size).toBe(keys.length);
  });
});
