import { Readable } from 'node:stream';

import { describe, expect, it } from 'vitest';

import { readRows, type SentRow } from './row-reader.js';

async function read(body: unknown): Promise<SentRow[]> {
  const rows: SentRow[] = [];
  for await (const row of readRows(body)) rows.push(row);
  return rows;
}

function inPieces(text: Buffer, size: number): Readable {
  const pieces: Buffer[] = [];
  for (let at = 0; at < text.length; at += size) pieces.push(text.subarray(at, at + size));
  return Readable.from(pieces);
}

describe('readRows', () => {
  it.each([1, 2, 3, 7, 1000])(
    'finds the lines however they arrive: in pieces of %i',
    async (size) => {
      const text = Buffer.from('\ufeff{"a":"ü🎉"}\r\n\n   \n[1]\nno\n"last"');
      const rows = await read(inPieces(text, size));
      expect(rows.map(({ index, value }) => [index, value])).toEqual([
        [0, { a: 'ü🎉' }],
        [1, [1]],
        [2, undefined],
        [3, 'last'],
      ]);
      expect(rows.map(({ fault }) => fault === null)).toEqual([true, true, false, true]);
    },
  );

  it('gives up a line that is too long, and only that one', async () => {
    const limit = 1024 * 1024;
    const fits = `"${'x'.repeat(limit - 2)}"`;
    const rows = await read(inPieces(Buffer.from(`1\n${fits}\nx${fits}\n2`), 65_536));
    expect(rows.map(({ fault }) => fault)).toEqual([
      null,
      null,
      `must not be longer than ${limit} bytes`,
      null,
    ]);
    expect(rows[3]).toMatchObject({ index: 3, value: 2 });
  });

  it('takes no more rows than an answer can name', async () => {
    const many = Buffer.from('5\n'.repeat(200_000));
    expect(await read(inPieces(many, 65_536))).toHaveLength(200_000);
    const tooMany = inPieces(Buffer.concat([many, Buffer.from('5')]), 65_536);
    await expect(read(tooMany)).rejects.toMatchObject({ status: 413 });
    await expect(read(Array.from({ length: 200_001 }))).rejects.toMatchObject({ status: 413 });
  });

  it('says how long a row is as JSON, in an array as in lines', async () => {
    const rows = [{ a: 'ü🎉' }, [1, null], 'last'];
    const lines = Buffer.from(rows.map((row) => JSON.stringify(row)).join('\n'));
    const array = await read(rows);
    expect(array.map(({ bytes }) => bytes)).toEqual([14, 8, 6]);
    expect(await read(inPieces(lines, 1000))).toEqual(array);
  });

  it('takes a row that nests too deep to be written as JSON', async () => {
    const deep = JSON.parse('['.repeat(400_000) + ']'.repeat(400_000)) as unknown;
    const rows = await read([deep, 5]);
    expect(rows.map(({ value }) => value === deep)).toEqual([true, false]);
  });

  it('asks for more only when it is asked for more', async () => {
    let pulled = 0;
    const body = new Readable({
      highWaterMark: 1,
      read() {
        pulled++;
        this.push(pulled > 1_000 ? null : `${pulled}\n`);
      },
    });
    const rows = readRows(body);
    await rows.next();
    expect(pulled).toBeLessThan(10);
    await rows.return(undefined);
    expect(body.destroyed).toBe(false);
  });

  it('says that a body broke off', async () => {
    const body = new Readable({ read: () => undefined });
    body.push('1\n2');
    const rows = readRows(body);
    expect((await rows.next()).value).toMatchObject({ value: 1 });
    body.destroy(new Error('aborted'));
    await expect(rows.next()).rejects.toMatchObject({
      status: 400,
      message: 'The body broke off.',
    });
  });

  it.each([undefined, null, {}, 'text'])('refuses the body %j', async (body) => {
    await expect(read(body)).rejects.toMatchObject({ status: 400 });
  });
});
