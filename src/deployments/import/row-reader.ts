import { isUtf8 } from 'node:buffer';
import { Readable } from 'node:stream';

import { BadRequestException, PayloadTooLargeException } from '@nestjs/common';

import { InvalidInput } from '../../shared/http/problem.js';

const MEGABYTE = 1024 * 1024;
/** The largest body of lines. */
export const MAX_LINES_BYTES = 64 * MEGABYTE;
/** As much as any other body may have. */
const MAX_LINE_BYTES = MEGABYTE;
const NEWLINE = 10;
/** More fit into a body only when they say nothing, and each takes its place in the answer. */
const MAX_ROWS = 200_000;

/** A row as it was sent: its JSON, or why it is none. */
export interface SentRow {
  readonly index: number;
  readonly value: unknown;
  readonly fault: string | null;
  /** How long its JSON is; 0 where that cannot be said, of a row that is rejected. */
  readonly bytes: number;
}

/**
 * The rows of a body: a JSON array that was read as a whole, or NDJSON that is read while the rows
 * are asked for.
 * @throws InvalidInput for another body; PayloadTooLargeException, BadRequestException when a body
 * of lines turns out too large or breaks off
 */
export async function* readRows(body: unknown): AsyncGenerator<SentRow> {
  if (Array.isArray(body)) {
    if (body.length > MAX_ROWS) throw tooManyRows();
    for (const [index, value] of body.entries()) {
      yield { index, value, fault: null, bytes: sizeOf(value) };
    }
    return;
  }
  if (!(body instanceof Readable)) {
    throw InvalidInput.field('', 'must be a JSON array of rows, or application/x-ndjson');
  }
  let index = 0;
  for await (const line of linesOf(body)) {
    const row = parse(line, index);
    if (row === null) continue;
    if (index === MAX_ROWS) throw tooManyRows();
    yield row;
    index++;
  }
}

function sizeOf(value: unknown): number {
  try {
    return Buffer.byteLength(JSON.stringify(value));
  } catch {
    return 0; // it nests too deep for that, and is rejected
  }
}

export function tooLarge(): PayloadTooLargeException {
  const limit = MAX_LINES_BYTES / MEGABYTE;
  return new PayloadTooLargeException(`The body is larger than ${limit} MB; send it in parts.`);
}

function tooManyRows(): PayloadTooLargeException {
  return new PayloadTooLargeException(`There are more than ${MAX_ROWS} rows; send them in parts.`);
}

/** Gathers the pieces of a line; of one that is too long it keeps nothing. */
class LineBuffer {
  private pieces: Buffer[] = [];
  private length = 0;

  get isEmpty(): boolean {
    return this.length === 0;
  }

  add(piece: Buffer): void {
    this.length += piece.length;
    if (this.length > MAX_LINE_BYTES) this.pieces = [];
    else this.pieces.push(piece);
  }

  /** The line, or null when it is too long; the next one begins. */
  take(): Buffer | null {
    const line = this.length > MAX_LINE_BYTES ? null : Buffer.concat(this.pieces);
    this.pieces = [];
    this.length = 0;
    return line;
  }
}

async function* linesOf(body: Readable): AsyncGenerator<Buffer | null> {
  const line = new LineBuffer();
  let received = 0;
  try {
    // The connection must outlive the reading: the answer goes over it.
    const chunks: AsyncIterable<Buffer> = body.iterator({ destroyOnReturn: false });
    for await (const chunk of chunks) {
      received += chunk.length;
      if (received > MAX_LINES_BYTES) throw tooLarge();
      let start = 0;
      for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
        line.add(chunk.subarray(start, end));
        start = end + 1;
        if (!line.isEmpty) yield line.take();
      }
      line.add(chunk.subarray(start));
    }
    yield line.take();
  } catch (error) {
    if (error instanceof PayloadTooLargeException) throw error;
    throw new BadRequestException('The body broke off.');
  } finally {
    // A client that still sends would not read the answer: what is left is let through.
    body.resume();
  }
}

/** Null for an empty line. @param line null: it is too long */
function parse(line: Buffer | null, index: number): SentRow | null {
  if (line === null) return faulty(index, `must not be longer than ${MAX_LINE_BYTES} bytes`);
  if (!isUtf8(line)) return faulty(index, 'must be JSON in UTF-8');
  const text = line.toString().trim(); // and with the spaces a byte order mark
  if (text === '') return null;
  try {
    const value: unknown = JSON.parse(text);
    return { index, value, fault: null, bytes: line.length };
  } catch {
    return faulty(index, 'must be JSON, all of the row on one line');
  }
}

function faulty(index: number, fault: string): SentRow {
  return { index, value: undefined, fault, bytes: 0 };
}
