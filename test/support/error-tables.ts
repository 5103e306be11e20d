import type { InferenceError } from '../../src/inference/inference-error.js';
import { matchingRow, refused, type Refusal, type Row } from '../../src/inference/refusal.js';
import type { Speaker } from '../../src/inference/speaker.js';
import { KEY } from './adapter-harness.js';

export { KEY } from './adapter-harness.js';

/** A provider that was sent a key, and may say it back. */
export function speaker(status: number, headers: Record<string, string> = {}): Speaker {
  return { provider: 'acme', secrets: [KEY], headers: new Headers(headers), status };
}

interface Classified {
  readonly error: InferenceError;
  /** The one that matched. */
  readonly row: Row | undefined;
}

/** What becomes of an answer by the table of an adapter, which reads refusals in its own way. */
export function classifierOf(
  readRefusal: (status: number | null, body: unknown, text: string) => Refusal,
  rows: readonly Row[],
): (status: number, body: unknown) => Classified {
  return (status, body) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const refusal = readRefusal(status < 400 ? null : status, body, text);
    return { error: refused(refusal, rows, speaker(status)), row: matchingRow(refusal, rows) };
  };
}
