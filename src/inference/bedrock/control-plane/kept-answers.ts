import { LRUCache } from 'lru-cache';

const MAX_KEPT = 200;

/** Answers kept for a while; those who ask at the same time share one request. */
export class KeptAnswers<T> {
  private readonly kept: LRUCache<string, Promise<T>>;

  constructor(keepMs: number) {
    this.kept = new LRUCache({ max: MAX_KEPT, ttl: keepMs });
  }

  /** What is kept under the key, else what `ask` gives; a failure is shared but not kept. */
  get(key: string, ask: () => Promise<T>): Promise<T> {
    const found = this.kept.get(key);
    if (found !== undefined) return found;
    const asked = ask();
    this.kept.set(key, asked);
    asked.catch(() => {
      if (this.kept.peek(key) === asked) this.kept.delete(key);
    });
    return asked;
  }
}
