import { describe, expect, it } from 'vitest';

import { DateField, EnumField, ObjectField, TextField, UuidField } from './fields.js';
import { EnumListField, TextListField } from './list-fields.js';
import { InvalidInput } from './problem.js';
import { InputPipe, validateInput } from './validation.pipe.js';

const Width = { '1m': '1m', '1h': '1h' };

class Inner {
  @TextField({ description: 'Text.', maxLength: 5 })
  text: string;
}

class Outer {
  @ObjectField({ description: 'Nested.', of: Inner })
  inner: Inner;

  @DateField({ description: 'Date.', optional: true })
  date?: string;

  @TextListField({ description: 'List.', maxItems: 10, maxLength: 5, optional: true })
  list?: string[];

  @EnumField({ description: 'Enum.', values: Width, optional: true })
  width?: string;

  @EnumListField({ description: 'Enums.', values: Width, name: 'Width', optional: true })
  widths?: string[];

  @UuidField({ description: 'Id.', optional: true })
  id?: string;
}

const nest = (depth: number): unknown => (depth === 0 ? 1 : { a: nest(depth - 1) });

const pipe = new InputPipe();
const ways = [
  ['validateInput', (value: unknown) => validateInput(Outer, value)],
  ['the pipe', (value: unknown) => pipe.transform(value, { type: 'body', metatype: Outer })],
] as const;

describe.each(ways)('%s', (_, check) => {
  const problemsOf = (value: unknown) =>
    Promise.resolve()
      .then(() => check(value))
      .then(
        () => [],
        (error: unknown) => (error instanceof InvalidInput ? error.errors : [String(error)]),
      );

  it('gives an instance, its texts trimmed', async () => {
    const valid = await check({ inner: { text: ' a ' }, date: '2024-10-22', list: ['a'] });
    expect(valid).toBeInstanceOf(Outer);
    expect(valid).toMatchObject({ inner: { text: 'a' } });
    expect(Object(valid)).toHaveProperty('inner', expect.any(Inner));
  });

  it.each([
    ['no object', 5, ''],
    ['an unknown field', { inner: { text: 'a', more: 1 } }, '/inner/more'],
    ['a fault inside', { inner: { text: 'too long' } }, '/inner/text'],
    ['NUL', { inner: { text: '\0' } }, '/inner/text'],
    ['half a surrogate', { inner: { text: '\ud800' } }, '/inner/text'],
    ['NUL in a name', { inner: { '\0': 1 } }, '/inner'],
    [
      'a field named __proto__',
      { inner: JSON.parse('{"text":"a","__proto__":1}') as unknown },
      '/inner/__proto__',
    ],
    ['a field named constructor', { inner: { text: 'a', constructor: 1 } }, '/inner/constructor'],
    ['a field named toString', { inner: { text: 'a', toString: 1 } }, '/inner/toString'],
    ['a field named valueOf in a list', { inner: [{ valueOf: 1 }] }, '/inner/0/valueOf'],
    ['an entry twice', { inner: { text: 'a' }, list: ['a', 'b', 'a'] }, '/list'],
    ['a date by weeks', { inner: { text: 'a' }, date: '2024-W05' }, '/date'],
    ['a date by days', { inner: { text: 'a' }, date: '2024-100' }, '/date'],
    ['a date before 1000', { inner: { text: 'a' }, date: '0999-12-31' }, '/date'],
    [
      'a date before 1000 in UTC',
      { inner: { text: 'a' }, date: '1000-01-01T00:00:00+00:01' },
      '/date',
    ],
    [
      'a date after 9999 in UTC',
      { inner: { text: 'a' }, date: '9999-12-31T23:59:59-00:01' },
      '/date',
    ],
  ])('refuses %s', async (__, value, pointer) => {
    const problems = await problemsOf(value);
    expect(problems).toContainEqual(expect.objectContaining({ pointer }));
  });

  it.each([
    ['a field that is missing', { inner: {} }, '/inner/text', 'must be given'],
    ['a field of another type', { inner: { text: 5 } }, '/inner/text', 'must be a string'],
    ['a list that is none', { inner: { text: 'a' }, list: 'x' }, '/list', 'must be an array'],
    ['a list as the body', [], '', 'must be a JSON object'],
    [
      'no value of an enum',
      { inner: { text: 'a' }, width: '1d' },
      '/width',
      'must be one of the following values: 1m, 1h',
    ],
    [
      'no list of values of an enum',
      { inner: { text: 'a' }, widths: ['1d'] },
      '/widths',
      'each value in widths must be one of the following values: 1m, 1h',
    ],
    [
      'a uuid in capitals, under which nothing is found',
      { inner: { text: 'a' }, id: '0E7F29B5-E489-4869-BCFF-29357970C87E' },
      '/id',
      'must be a uuid in lower case',
    ],
  ])('says of %s one thing', async (__, value, pointer, message) => {
    expect(await problemsOf(value)).toEqual([{ pointer, message }]);
  });

  it('names some problems where there are very many', async () => {
    const many = Array.from({ length: 100_000 }, () => '\0');
    const fields = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_none, index) => [`field${index}`, index]));
    expect(await problemsOf({ inner: { text: 'a' }, many })).toHaveLength(20);
    expect(await problemsOf({ inner: { text: 'a' }, ...fields(999) })).toHaveLength(20);
    expect(await problemsOf({ inner: fields(100_000) })).toEqual([
      { pointer: '/inner', message: 'must not have more than 1000 fields' },
    ]);
  });

  it('refuses what nests too deep, however deep', async () => {
    const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`) as unknown;
    for (const value of [{ inner: nest(40) }, { inner: { text: 'a' }, more: deep }]) {
      expect(await problemsOf(value)).toMatchObject([{ message: 'must nest no deeper than 32' }]);
    }
  });
});
