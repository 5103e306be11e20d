/**
 * Tells the database's time without asking it again: as it was a moment ago, and what has passed
 * since. The clock of this machine, which may be wrong or moved, has no part in it.
 */
export function clockFrom(moment: Date): () => Date {
  const since = performance.now();
  return () => new Date(moment.getTime() + performance.now() - since);
}
