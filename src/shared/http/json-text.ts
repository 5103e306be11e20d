import { hash } from 'node:crypto';

import { parseObject, type JsonObject } from '../json.js';

export const JSON_TYPE = 'application/json; charset=utf-8';

/**
 * A text of more characters is sent as bytes: to encode 29 kB each time takes half as long as all the
 * rest. A shorter one is sent as it is, in one write with the headers.
 */
const LONG = 4_096;

/** A JSON answer, serialised, with the ETag of exactly these bytes. */
export class JsonText {
  /** What is sent. */
  readonly body: string | Buffer;
  /** In bytes. */
  readonly length: number;
  readonly etag: string;

  /** @param id of the row the text describes, when it describes one */
  constructor(
    text: string,
    readonly id: string | null = null,
  ) {
    this.body = text.length > LONG ? Buffer.from(text) : text;
    this.length = Buffer.byteLength(this.body);
    this.etag = etagOf(this.body);
  }

  static of(value: unknown): JsonText {
    return new JsonText(JSON.stringify(value));
  }

  /** The object the text describes. @throws Error when it describes something else */
  object(): JsonObject {
    return parseObject(String(this.body));
  }
}

/** The ETag of a text, or of its bytes. */
export function etagOf(text: string | Buffer): string {
  return `"${hash('sha1', text, 'base64url')}"`;
}

/** Whether a client has a text already, by its `If-None-Match`. */
export function isKnown(etag: string, ifNoneMatch: string | undefined): boolean {
  return ifNoneMatch !== undefined && matches(ifNoneMatch, etag, true);
}

/**
 * Whether a list of entity tags, as in `If-Match` and `If-None-Match`, names this one.
 * @param weakly whether weak tags count: yes for `If-None-Match`, no for `If-Match` (RFC 9110, 13.1)
 */
export function matches(list: string, etag: string, weakly: boolean): boolean {
  if (list === etag || list.trim() === '*') return true;
  return list
    .split(',')
    .map((tag) => (weakly ? tag.trim().replace(/^W\//, '') : tag.trim()))
    .includes(etag);
}
