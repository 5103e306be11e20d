import { Keyv } from 'keyv';
import { LRUCache } from 'lru-cache';

/** What Keyv puts around a value. */
interface Kept<T> {
  readonly value: T;
  /** Milliseconds since 1970; left out: it never expires. */
  readonly expires?: number;
}

/** Keeps objects in memory as they are, and of too many those used last. */
export class BoundedStore<T extends object> {
  /** The same store, for cache-manager. */
  readonly keyv: Keyv;
  private readonly kept: LRUCache<string, Kept<T>>;

  /** @param bytesOf how much memory a value takes; those longest unused make room */
  constructor(max: number, maxBytes: number, bytesOf: (value: T) => number) {
    const kept = new LRUCache<string, Kept<T>>({
      max,
      maxSize: maxBytes,
      sizeCalculation: ({ value }, key) => bytesOf(value) + key.length,
    });
    this.kept = kept;
    const store = {
      get: (key: string) => kept.get(key),
      // Keyv passes a number where LRUCache expects options; the time to live is Keyv's affair.
      set: (key: string, value: Kept<T>) => kept.set(key, value),
      delete: (key: string) => kept.delete(key),
      clear: () => kept.clear(),
    };
    this.keyv = new Keyv({
      store,
      serialize: undefined,
      deserialize: undefined,
      useKeyPrefix: false,
      throwOnErrors: true,
    });
  }

  /** What is kept under the key and has not expired. */
  peek(key: string): T | undefined {
    const found = this.kept.get(key);
    return found && (found.expires ?? Infinity) >= Date.now() ? found.value : undefined;
  }
}
