import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import {
  BATCH,
  BatchBuffer,
  FLUSH_MS,
  MOST_AT_ONCE,
  MOST_KEPT,
  PATIENCE_MS,
} from './batch-buffer.js';

interface Point {
  readonly value: number;
}

type Encoded = Point & { readonly id: number };

type Write = (points: string) => Promise<unknown>;

const failure = (code: string) => Object.assign(new Error('It failed.'), { code });
const AWAY = failure('ECONNREFUSED');

let made = 0;
const write = vi.fn<Write>();
const OPTIONS = {
  name: 'Points',
  what: 'points',
  encode: (point: Point) => JSON.stringify({ ...point, id: made++ }),
  write: (points: Buffer) => write(points.toString()),
};
let buffer: BatchBuffer<Point>;

beforeEach(() => {
  vi.useFakeTimers();
  Logger.overrideLogger(false);
  write.mockReset().mockResolvedValue(undefined);
  buffer = new BatchBuffer(OPTIONS);
});

afterEach(() => vi.useRealTimers());

function points(count: number): Point[] {
  return Array.from({ length: count }, (_, value) => ({ value }));
}

/** The next write ends when the function returned is called. */
function slowWrite(): () => void {
  let finish = () => {};
  write.mockReturnValueOnce(new Promise<void>((resolve) => (finish = resolve)));
  return () => finish();
}

/** The points each write was given. */
function batches(): Encoded[][] {
  return write.mock.calls.map(([batch]): Encoded[] => JSON.parse(batch));
}

/** How many they were. */
function sizes(): number[] {
  return batches().map((batch) => batch.length);
}

function settled(): Promise<unknown> {
  return vi.advanceTimersByTimeAsync(0);
}

describe('a buffer of points', () => {
  it('writes them together, a second after the first', async () => {
    buffer.add(points(2));
    await vi.advanceTimersByTimeAsync(FLUSH_MS - 1);
    buffer.add(points(1));
    expect(write).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(sizes()).toEqual([3]);
    expect(buffer.counts).toEqual({ written: 3, dropped: 0 });
  });

  it('does nothing while there is nothing to write', async () => {
    buffer.add(points(1));
    await vi.advanceTimersByTimeAsync(FLUSH_MS);
    expect(vi.getTimerCount()).toBe(0);
    expect(write).toHaveBeenCalledOnce();
  });

  it('writes as soon as a batch is full', async () => {
    buffer.add(points(BATCH - 1));
    expect(write).not.toHaveBeenCalled();
    buffer.add(points(2));
    expect(sizes()).toEqual([BATCH + 1]);
    await settled();
    expect(buffer.counts).toEqual({ written: BATCH + 1, dropped: 0 });
  });

  it('writes no more than its most at once', async () => {
    buffer.add(points(2 * MOST_AT_ONCE + 1));
    await settled();
    expect(sizes()).toEqual([MOST_AT_ONCE, MOST_AT_ONCE]);
    await vi.advanceTimersByTimeAsync(FLUSH_MS);
    expect(sizes()).toEqual([MOST_AT_ONCE, MOST_AT_ONCE, 1]);
    expect(buffer.counts).toEqual({ written: 2 * MOST_AT_ONCE + 1, dropped: 0 });
  });

  it('lets points gather while one batch is being written', async () => {
    const finish = slowWrite();
    buffer.add(points(BATCH));
    buffer.add(points(BATCH));
    buffer.add(points(BATCH));
    await vi.advanceTimersByTimeAsync(10 * FLUSH_MS);
    expect(sizes()).toEqual([BATCH]);
    finish();
    await settled();
    expect(sizes()).toEqual([BATCH, 2 * BATCH]);
  });

  it('takes the same bytes for the next batch, but not while they are being written', async () => {
    const given: Buffer['buffer'][] = [];
    const taking = new BatchBuffer<Point>({
      ...OPTIONS,
      write: (bytes) => {
        given.push(bytes.buffer);
        return write(bytes.toString());
      },
    });
    const finish = slowWrite();
    for (let batch = 1; batch <= 2; batch += 1) taking.add(points(BATCH));
    finish();
    await settled();
    taking.add(points(BATCH));
    await settled();
    expect(given.map((bytes) => given.indexOf(bytes))).toEqual([0, 1, 1]);
    const values = batches().map((batch) => batch.map(({ value }) => ({ value })));
    expect(values).toEqual([points(BATCH), points(BATCH), points(BATCH)]);
  });

  it('writes what came during a write that took long', async () => {
    const finish = slowWrite();
    buffer.add(points(1));
    await vi.advanceTimersByTimeAsync(FLUSH_MS);
    buffer.add(points(2));
    await vi.advanceTimersByTimeAsync(2 * FLUSH_MS);
    finish();
    await vi.advanceTimersByTimeAsync(FLUSH_MS);
    expect(sizes()).toEqual([1, 2]);
  });

  it('writes again what a database was long in refusing', async () => {
    write.mockImplementationOnce(async () => {
      await new Promise((resolve) => setTimeout(resolve, 2 * FLUSH_MS));
      throw AWAY;
    });
    buffer.add(points(1));
    await vi.advanceTimersByTimeAsync(FLUSH_MS);
    buffer.add(points(2));
    await vi.advanceTimersByTimeAsync(4 * FLUSH_MS);
    expect(sizes()).toEqual([1, 1, 2]);
    expect(buffer.counts).toEqual({ written: 3, dropped: 0 });
  });

  it('keeps them while the database is away, and writes the same ones when it is back', async () => {
    write.mockRejectedValue(AWAY);
    buffer.add(points(BATCH));
    await settled();
    buffer.add(points(BATCH));
    await settled();
    expect(sizes()).toEqual([BATCH]); // not once more for every point
    await vi.advanceTimersByTimeAsync(3 * FLUSH_MS);
    expect(sizes()).toHaveLength(4); // once a second
    expect(buffer.counts).toEqual({ written: 0, dropped: 0 });
    write.mockResolvedValue(undefined);
    await vi.advanceTimersByTimeAsync(FLUSH_MS);
    expect(sizes().slice(4)).toEqual([2 * BATCH]);
    expect(buffer.counts).toEqual({ written: 2 * BATCH, dropped: 0 });
    const ids = (call: number) => batches()[call]?.map(({ id }) => id) ?? [];
    expect(ids(4).slice(0, BATCH)).toEqual(ids(0));
    expect(new Set(ids(4)).size).toBe(2 * BATCH);
  });

  it.each([
    ['a name that cannot be looked up', 'EAI_AGAIN'],
    ['a host without a route', 'EHOSTUNREACH'],
    ['a standby', '25006'],
    ['a lock that somebody holds', '55P03'],
    ['a deadlock', '40P01'],
  ])('keeps them because of %s', async (_, code) => {
    write.mockRejectedValueOnce(failure(code));
    buffer.add(points(2));
    await vi.advanceTimersByTimeAsync(2 * FLUSH_MS);
    expect(buffer.counts).toEqual({ written: 2, dropped: 0 });
  });

  it('drops and counts what comes on top of its bound, and keeps what came before', async () => {
    write.mockRejectedValue(AWAY);
    buffer.add(points(MOST_KEPT - 1));
    buffer.add(points(3));
    await settled();
    buffer.add(points(4));
    expect(buffer.counts).toEqual({ written: 0, dropped: 6 });
    write.mockResolvedValue(undefined);
    await vi.advanceTimersByTimeAsync(FLUSH_MS);
    expect(buffer.counts).toEqual({ written: MOST_KEPT, dropped: 6 });
    buffer.add(points(1));
    await vi.advanceTimersByTimeAsync(FLUSH_MS);
    expect(buffer.counts).toEqual({ written: MOST_KEPT + 1, dropped: 6 });
  });

  it('drops and counts points that the database refuses, and goes on with the others', async () => {
    write.mockRejectedValueOnce(new Error('invalid input'));
    buffer.add(points(BATCH));
    buffer.add(points(1));
    await vi.advanceTimersByTimeAsync(FLUSH_MS);
    expect(buffer.counts).toEqual({ written: 1, dropped: BATCH });
  });

  it('keeps as many as its options say', async () => {
    write.mockRejectedValue(AWAY);
    buffer = new BatchBuffer({ ...OPTIONS, mostKept: 10 });
    buffer.add(points(12));
    await vi.advanceTimersByTimeAsync(FLUSH_MS);
    expect(sizes()).toEqual([10]);
    expect(buffer.counts).toEqual({ written: 0, dropped: 2 });
  });

  it('counts an item as what it says, and not at all one that is empty', async () => {
    write.mockRejectedValue(AWAY);
    const sizeOf = ({ value }: Point) => value;
    buffer = new BatchBuffer({ ...OPTIONS, sizeOf, mostKept: 10 });
    buffer.add([{ value: 4 }, { value: 0 }, { value: 5 }, { value: 2 }, { value: 1 }]);
    await vi.advanceTimersByTimeAsync(FLUSH_MS);
    expect(batches()[0]?.map(({ value }) => value)).toEqual([4, 5, 1]);
    expect(buffer.counts).toEqual({ written: 0, dropped: 2 });
    write.mockResolvedValue(undefined);
    await vi.advanceTimersByTimeAsync(FLUSH_MS);
    expect(buffer.counts).toEqual({ written: 10, dropped: 2 });
  });

  it('never throws at who adds', () => {
    write.mockImplementation(() => {
      throw new Error('a fault of the database');
    });
    expect(() => buffer.add(points(BATCH))).not.toThrow();
  });

  it('drops and counts what cannot be encoded, and goes on with the others', async () => {
    const encode = (point: Point) => {
      if (point.value === 1) throw new Error('it has no text');
      return JSON.stringify(point);
    };
    buffer = new BatchBuffer({ ...OPTIONS, encode });
    buffer.add(points(3));
    await vi.advanceTimersByTimeAsync(FLUSH_MS);
    expect(batches()[0]?.map(({ value }) => value)).toEqual([0, 2]);
    expect(buffer.counts).toEqual({ written: 2, dropped: 1 });
    buffer.add([{ value: 1 }]);
    expect(vi.getTimerCount()).toBe(0); // there is nothing to write
  });
});

describe('a buffer that is closed', () => {
  it('writes the rest at once, after what is being written', async () => {
    const finish = slowWrite();
    buffer.add(points(BATCH));
    buffer.add(points(MOST_AT_ONCE + 1));
    const closing = buffer.close();
    await settled();
    expect(sizes()).toEqual([BATCH]);
    finish();
    await closing;
    expect(sizes()).toEqual([BATCH, MOST_AT_ONCE, 1]);
    expect(buffer.counts).toEqual({ written: BATCH + MOST_AT_ONCE + 1, dropped: 0 });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('drops and counts what a database that is away does not take', async () => {
    write.mockRejectedValue(AWAY);
    buffer.add(points(3));
    await buffer.close();
    expect(buffer.counts).toEqual({ written: 0, dropped: 3 });
    expect(write).toHaveBeenCalledOnce();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does not wait for ever for a database that does not answer', async () => {
    write.mockReturnValue(new Promise(() => undefined));
    buffer.add(points(3));
    const closed = vi.fn();
    void buffer.close().then(closed);
    await vi.advanceTimersByTimeAsync(PATIENCE_MS - 1);
    expect(closed).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(closed).toHaveBeenCalled();
    expect(buffer.counts).toEqual({ written: 0, dropped: 3 });
  });

  it('takes no more', async () => {
    await buffer.close();
    buffer.add(points(2));
    expect(buffer.counts).toEqual({ written: 0, dropped: 2 });
    expect(vi.getTimerCount()).toBe(0);
  });
});
