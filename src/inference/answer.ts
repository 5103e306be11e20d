import type { IncomingHttpHeaders } from 'node:http';
import type { AnswerBody } from './answer-body.js';

/** What the readers of an answer ask of its headers. */
export interface HeaderReader {
  /** The value of a header, those of one sent several times joined; null: it was not sent. */
  get(name: string): string | null;
  has(name: string): boolean;
}

/** The headers of an answer; asked by names in lower case. */
export class AnswerHeaders implements HeaderReader {
  constructor(private readonly sent: IncomingHttpHeaders) {}

  get(name: string): string | null {
    if (!this.has(name)) return null;
    const value = this.sent[name];
    return Array.isArray(value) ? value.join(', ') : (value ?? null);
  }

  has(name: string): boolean {
    return Object.hasOwn(this.sent, name);
  }

  /** All of them. */
  toRecord(): Record<string, string> {
    return Object.fromEntries(Object.keys(this.sent).map((name) => [name, this.get(name) ?? '']));
  }
}

/** An answer whose headers are there, its body perhaps still coming. */
export class Answer {
  constructor(
    readonly status: number,
    readonly headers: AnswerHeaders,
    readonly body: AnswerBody,
  ) {}

  /** Whether the status means success. */
  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  /** The whole body. @throws InferenceError when it does not come to its end */
  async bytes(): Promise<Uint8Array> {
    const all: Uint8Array[] = [];
    while (await this.body.filled()) {
      for (const { bytes } of this.body.take()) all.push(bytes);
    }
    const [first] = all;
    return first !== undefined && all.length === 1 ? first : Buffer.concat(all);
  }

  /** The whole body, as UTF-8. @throws InferenceError as {@link bytes} does */
  async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes());
  }
}
