import { randomUUID } from 'node:crypto';

const MOST_IN_A_MILLISECOND = 0xfff;

let time = 0;
let count = 0;
let beginning = '';
let end = '';

/**
 * A UUID of version 7 (RFC 9562): of those that one process makes, each sorts after the ones before,
 * also when the clock is set back. Rows that are written together lie together in their index then.
 * Those of one millisecond differ by their count alone. The package `uuid` takes ten times the CPU.
 */
export function orderedId(): string {
  const now = Date.now();
  if (now > time || count === MOST_IN_A_MILLISECOND) {
    time = Math.max(now, time + 1);
    count = 0;
    const hex = time.toString(16).padStart(12, '0');
    beginning = `${hex.slice(0, 8)}-${hex.slice(8)}-7`;
    end = randomUUID().slice('xxxxxxxx-xxxx-Mxxx'.length);
  } else {
    count += 1;
  }
  return `${beginning}${count.toString(16).padStart(3, '0')}${end}`;
}
