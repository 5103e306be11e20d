export interface SseEvent {
  /** The event's name; null: it has none. */
  readonly name: string | null;
  readonly data: string;
}

const LF = 10;
const CR = 13;

/**
 * Reads server-sent events out of bytes cut anywhere. What follows the last blank line is no event
 * yet and is dropped, as the standard says.
 */
export class SseDecoder {
  private readonly utf8 = new TextDecoder();
  /** Pieces of a line that has not ended. */
  private pieces: string[] = [];
  private afterCr = false;
  private name: string | null = null;
  private data: string[] = [];

  /** The events that these bytes complete. */
  push(bytes: Uint8Array): SseEvent[] {
    const text = this.utf8.decode(bytes, { stream: true });
    const events: SseEvent[] = [];
    if (text === '') return events;
    let start = this.afterCr && text.charCodeAt(0) === LF ? 1 : 0;
    const hasCr = text.includes('\r');
    for (let end = endOfLine(text, start, hasCr); end !== -1;) {
      const event = this.line(this.completed(text.slice(start, end)));
      if (event !== null) events.push(event);
      start = end + (text.charCodeAt(end) === CR && text.charCodeAt(end + 1) === LF ? 2 : 1);
      end = endOfLine(text, start, hasCr);
    }
    if (start < text.length) this.pieces.push(text.slice(start));
    this.afterCr = text.charCodeAt(text.length - 1) === CR;
    return events;
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
    const field = colon === -1 ? line : line.slice(0, colon);
    if (field === 'data') this.data.push(valueOf(line, colon));
    else if (field === 'event') this.name = valueOf(line, colon);
    return null;
  }

  private dispatch(): SseEvent | null {
    const event = this.data.length === 0 ? null : { name: this.name, data: this.data.join('\n') };
    this.name = null;
    this.data = [];
    return event;
  }
}

/** Where the line ends that begins at `start`; -1: not in this text. */
function endOfLine(text: string, start: number, hasCr: boolean): number {
  const lf = text.indexOf('\n', start);
  if (!hasCr) return lf;
  const cr = text.indexOf('\r', start);
  return lf === -1 || (cr !== -1 && cr < lf) ? cr : lf;
}

function valueOf(line: string, colon: number): string {
  if (colon === -1) return '';
  return line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
}
