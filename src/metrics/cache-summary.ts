import type { CacheCounts } from '../shared/cache/model-cache.service.js';

/** Requests to the cache that found their answer kept, of all; null: there were none. */
export function hitRatio({ hits, misses, shared }: CacheCounts): number | null {
  const all = hits + misses + shared;
  return all > 0 ? hits / all : null;
}
