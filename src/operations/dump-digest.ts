import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';

/** What a part of a dump holds: equal for the same lines, in whatever order they come. */
interface Part {
  lines: number;
  sum: bigint;
}

/** A dump in plain SQL, digested: the rows of each table, and everything else, as `schema`. */
export type DumpDigest = ReadonlyMap<string, Part>;

const SCHEMA = 'schema';
const WIDTH = 256;

/** The random word with which newer versions guard their scripts; how far a sequence is, in no snapshot. */
const PASSED_OVER = /^(\\(un)?restrict |SELECT pg_catalog\.setval\()/;

/** Digests what `pg_dump --format=plain` writes. */
export async function digestOf(dump: Readable): Promise<DumpDigest> {
  const parts = new Map<string, Part>();
  let table: string | null = null;
  for await (const line of linesOf(dump)) {
    if (table === null && PASSED_OVER.test(line)) continue;
    const part = parts.get(table ?? SCHEMA) ?? { lines: 0, sum: 0n };
    parts.set(table ?? SCHEMA, part);
    part.lines += 1;
    part.sum = BigInt.asUintN(WIDTH, part.sum + digit(line));
    if (table !== null && line === '\\.') table = null;
    else table ??= /^COPY (.+?) (?:\(.*\) )?FROM stdin;$/.exec(line)?.[1] ?? null;
  }
  return parts;
}

/** One character for each byte, and cut at line feeds only: nothing else tells all dumps apart. */
async function* linesOf(dump: Readable): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of dump.setEncoding('latin1')) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  yield rest;
}

function digit(line: string): bigint {
  return BigInt(`0x${createHash('sha256').update(line, 'latin1').digest('hex')}`);
}

/** The parts in which two dumps differ, a sentence each; empty: they are equal. */
export function differences(source: DumpDigest, copy: DumpDigest): string[] {
  return [...new Set([...source.keys(), ...copy.keys()])].flatMap((name) => {
    const [one, other] = [source.get(name), copy.get(name)];
    if (one && other && one.sum === other.sum && one.lines === other.lines) return [];
    return [`${name}: ${one?.lines ?? 0} lines here, ${other?.lines ?? 0} in the backup`];
  });
}
