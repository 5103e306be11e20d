import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { differences, digestOf } from './dump-digest.js';

const DUMP = [
  '-- PostgreSQL database dump',
  '\\restrict aRandomWord',
  'CREATE TABLE public."a b" (i integer);',
  'COPY public."a b" (i, t) FROM stdin;',
  '1\t\\\\.',
  '2\t\\restrict data',
  '\\.',
  'CREATE INDEX x ON public."a b" (i);',
  "SELECT pg_catalog.setval('public.numbers', 7, true);",
  '\\unrestrict aRandomWord',
].join('\n');

const compared = async (one: string | Buffer, other: string | Buffer) =>
  differences(await digestOf(Readable.from([one])), await digestOf(Readable.from([other])));

const TABLE = 'public."a b"';

describe('dumps', () => {
  it.each([
    ['the same', DUMP],
    ['another guard word', DUMP.replaceAll('aRandomWord', 'another')],
    ['a sequence that went on', DUMP.replace('7, true', '9, true')],
    ['rows in another order', DUMP.replace(/(1\t.*)\n(2\t.*)/, '$2\n$1')],
  ])('are equal with %s', async (_, other) => {
    expect(await compared(DUMP, other)).toEqual([]);
  });

  it.each([
    ['one byte of a row', DUMP.replace('1\t', '3\t'), TABLE, 3, 3],
    ['a row that looks like a guard', DUMP.replace('restrict data', 'restrict other'), TABLE, 3, 3],
    ['a row less', DUMP.replace(/1\t.*\n/, ''), TABLE, 3, 2],
    ['a row twice', DUMP.replace(/(1\t.*\n)/, '$1$1'), TABLE, 3, 4],
    ['an index', DUMP.replace('INDEX x', 'INDEX y'), 'schema', 4, 4],
    ['a carriage return', DUMP.replace('dump\n', 'dump\r\n'), 'schema', 4, 4],
  ])('differ by %s', async (_, other, part, here, there) => {
    const sentence = `${part}: ${here} lines here, ${there} in the backup`;
    expect(await compared(DUMP, other)).toEqual([sentence]);
  });

  it('differ by a table, and by bytes that are no text', async () => {
    expect(await compared(DUMP, '')).toHaveLength(2);
    expect(await compared(Buffer.from([0xff, 0x0a]), Buffer.from([0xfe, 0x0a]))).toHaveLength(1);
    expect(await compared('line\u2028', 'line\n')).toHaveLength(1);
  });
});
