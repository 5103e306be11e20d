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
    let start = 0;
    for (let at = 0; at < text.length; at++) {
      const char = text.charCodeAt(at);
      if (char === LF && this.afterCr) {
        start = at + 1;
      } else if (char === LF || char === CR) {
        this.pieces.push(text.slice(start, at));
        const event = this.line(this.pieces.join(''));
        if (event !== null) events.push(event);
        this.pieces = [];
        start = at + 1;
      }
      this.afterCr = char === CR;
    }
    if (start < text.length) this.pieces.push(text.slice(start));
    return events;
  }

  private line(line: string): SseEvent | null {
    if (line === '') return this.dispatch();
    const colon = line.indexOf(':');
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') this.data.push(value);
    else if (field === 'event') this.name = value;
    return null;
  }

  private dispatch(): SseEvent | null {
    const event = this.data.length === 0 ? null : { name: this.name, data: this.data.join('\n') };
    this.name = null;
    this.data = [];
    return event;
  }
}
