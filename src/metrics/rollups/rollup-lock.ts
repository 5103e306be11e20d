/** The advisory lock of whoever sums up points, or says which of them may go: one at a time. */
export const ROLLUP_LOCK = 4_711_002;
