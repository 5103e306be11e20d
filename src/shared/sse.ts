import { StringDecoder } from 'node:string_decoder';

export interface SseEvent {
  /** The event's name; null: it has none. */
  readonly name: string | null;
  readonly data: string;
  /** The last id the stream has given so far; null: none. */
  readonly id: string | null;
}

const LF = 10;
const CR = 13;
const BYTE_ORDER_MARK = '\ufeff';

/**
 * Reads server-sent events out of bytes cut anywhere. What follows the last blank line is no event
 * yet and is dropped, as the standard says.
 */
export class SseDecoder {
  private readonly utf8 = new StringDecoder('utf8');
  /** Pieces of a line that has not ended. */
  private pieces: string[] = [];
  private atStart = true;
  private afterCr = false;
  private name: string | null = null;
  private id: string | null = null;
  /** Null: the event has no line of data yet. */
  private data: string | null = null;

  /** The events that these bytes complete. */
  push(bytes: Uint8Array): SseEvent[] {
    const text = this.decode(bytes);
    const events: SseEvent[] = [];
    if (text === '') return events;
    let start = this.afterCr && text.charCodeAt(0) === LF ? 1 : 0;
    const ends = new LineEnds(text);
    for (let end = ends.next(start); end !== -1; end = ends.next(start)) {
      const event = this.line(this.completed(text.slice(start, end)));
      if (event !== null) events.push(event);
      start = end + (text.charCodeAt(end) === CR && text.charCodeAt(end + 1) === LF ? 2 : 1);
    }
    if (start < text.length) this.pieces.push(text.slice(start));
    this.afterCr = text.charCodeAt(text.length - 1) === CR;
    return events;
  }

  private decode(bytes: Uint8Array): string {
    const text = this.utf8.write(bytes);
    if (!this.atStart || text === '') return text;
    this.atStart = false;
    return text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
  }

  private completed(end: string): string {
    if (this.pieces.length === 0) return end;
    const line = this.pieces.join('') + end;
    this.pieces = [];
    return line;
  }

  private line(line: string): SseEvent | null {
    if (line === '') return this.dispatch();
    const colon = line.indexOf(':');
    const length = colon === -1 ? line.length : colon;
    if (length === 4 && line.startsWith('data')) this.add(valueOf(line, colon));
    else if (length === 5 && line.startsWith('event')) this.name = valueOf(line, colon);
    else if (length === 2 && line.startsWith('id')) this.id = valueOf(line, colon);
    return null;
  }

  private add(data: string): void {
    this.data = this.data === null ? data : `${this.data}\n${data}`;
  }

  private dispatch(): SseEvent | null {
    const { name, id, data } = this;
    this.name = null;
    this.data = null;
    return data === null ? null : { name, data, id };
  }
}

/** Finds the ends of lines, each character looked at once. */
class LineEnds {
  private lf: number;
  private cr: number;

  constructor(private readonly text: string) {
    this.lf = text.indexOf('\n');
    this.cr = text.indexOf('\r');
  }

  /** The first at or after `start`, which never decreases; -1: none. */
  next(start: number): number {
    if (this.lf !== -1 && this.lf < start) this.lf = this.text.indexOf('\n', start);
    if (this.cr !== -1 && this.cr < start) this.cr = this.text.indexOf('\r', start);
    if (this.lf === -1 || this.cr === -1) return Math.max(this.lf, this.cr);
    return Math.min(this.lf, this.cr);
  }
}

function valueOf(line: string, colon: number): string {
  if (colon === -1) return '';
  return line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
}
