import { describe, expect, it } from 'vitest';
import { SseDecoder, type SseEvent } from './sse.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function decode(...chunks: readonly Uint8Array[]): SseEvent[] {
  const decoder = new SseDecoder();
  return chunks.flatMap((chunk) => decoder.push(chunk));
}

const STREAM =
  '\ufeff: hello\n\ndata: {"a":"é😀"}\n\nevent: x\r\ndata:one\r\ndata: two\r\n\r\n' +
  'id: 7\rdata:  spaced\r\r: again\ndata\n\nretry: 5\n\ndata: [DONE]\n\ndata: never ended\n';

const EVENTS: SseEvent[] = [
  { name: null, data: '{"a":"é😀"}', id: null },
  { name: 'x', data: 'one\ntwo', id: null },
  { name: null, data: ' spaced', id: '7' },
  { name: null, data: '', id: '7' },
  { name: null, data: '[DONE]', id: '7' },
];

describe('SseDecoder', () => {
  it('reads names, ids, several data lines, comments, and all three line ends', () => {
    expect(decode(bytes(STREAM))).toEqual(EVENTS);
  });

  it('reads the same from single bytes', () => {
    expect(decode(...Array.from(bytes(STREAM), (byte) => Uint8Array.of(byte)))).toEqual(EVENTS);
  });

  it('reads the same wherever the bytes are cut in three', () => {
    const all = bytes(STREAM);
    for (let first = 0; first <= all.length; first++) {
      for (let second = first; second <= all.length; second++) {
        const cut = [all.slice(0, first), all.slice(first, second), all.slice(second)];
        expect(decode(...cut)).toEqual(EVENTS);
      }
    }
  });

  it.each([
    ['\n', '\r'],
    ['\r', '\n'],
  ])('takes time in proportion to the number of lines: many %j, then one %j', (many, one) => {
    const started = performance.now();
    new SseDecoder().push(bytes(many.repeat(1_000_000) + one));
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  it('takes time in proportion to the bytes of a line that does not end', () => {
    const decoder = new SseDecoder();
    const piece = bytes('x'.repeat(64));
    const started = performance.now();
    for (let sent = 0; sent < 100_000; sent++) decoder.push(piece);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
