/** What certifications cost of themselves, in US dollars. */
export interface Spending {
  /** By scheduled runs that ended within the last 24 hours. */
  readonly spentUsd: number;
  /** Estimated, of scheduled runs that have not ended. */
  readonly reservedUsd: number;
}

/**
 * The first of some work that a budget can pay for. What alone is dearer than the whole budget never
 * can be paid, so it stops nothing behind it; what only does not fit today does, lest the cheap
 * keeps it waiting for ever.
 * @param budgetUsd of 24 hours; null: unbounded
 */
export function affordable<Work extends { readonly estimateUsd: number }>(
  works: readonly Work[],
  { spentUsd, reservedUsd }: Spending,
  budgetUsd: number | null,
): Work[] {
  if (budgetUsd === null) return [...works];
  let left = budgetUsd - spentUsd - reservedUsd;
  const paid: Work[] = [];
  for (const work of works) {
    if (work.estimateUsd > budgetUsd) continue;
    if (work.estimateUsd > left) break;
    left -= work.estimateUsd;
    paid.push(work);
  }
  return paid;
}
