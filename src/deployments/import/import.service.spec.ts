import { Readable } from 'node:stream';

import { describe, expect, it } from 'vitest';

import { batchesOf } from './import.service.js';
import { readRows } from './row-reader.js';

async function lengthsOf(body: unknown): Promise<number[]> {
  const lengths: number[] = [];
  for await (const batch of batchesOf(readRows(body))) lengths.push(batch.length);
  return lengths;
}

function asLines(rows: readonly unknown[]): Readable {
  return Readable.from(rows.map((row) => Buffer.from(`${JSON.stringify(row)}\n`)));
}

describe.each([
  ['an array', (rows: unknown[]) => rows],
  ['lines', asLines],
])('a batch of %s', (_, bodyOf) => {
  it('is full with a megabyte of rows', async () => {
    const rows = Array.from({ length: 8 }, () => ({ description: 'ü'.repeat(200_000) }));
    expect(await lengthsOf(bodyOf(rows))).toEqual([3, 3, 2]);
  });

  it('is full with 500 rows', async () => {
    const rows = Array.from({ length: 1_001 }, (_none, index) => index);
    expect(await lengthsOf(bodyOf(rows))).toEqual([500, 500, 1]);
  });
});
