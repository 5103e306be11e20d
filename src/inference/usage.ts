/** Whether what a provider reports can be a number of tokens. */
export function isCount(reported: number | null | undefined): reported is number {
  return typeof reported === 'number' && Number.isSafeInteger(reported) && reported >= 0;
}
