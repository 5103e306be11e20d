/** Longest time that an invocation may ask for, in milliseconds. */
export const MAX_CALL_MS = 300_000;
