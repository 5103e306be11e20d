/** The code of a failure (`ENOENT`, `ECONNREFUSED`, PostgreSQL's `28P01`), or undefined. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
