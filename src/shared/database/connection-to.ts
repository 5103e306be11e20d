/**
 * How connections to the database are made, with server options of ours (`-c name=value …`). The
 * URL's own, `?options=…`, hold as well: left where they are, they would take the place of ours. Of
 * two values for one setting the last one holds, which is ours.
 */
export function connectionTo(databaseUrl: string, ours: string) {
  const url = new URL(databaseUrl);
  const theirs = url.searchParams.get('options') ?? '';
  url.searchParams.delete('options');
  return { connectionString: url.href, options: `${theirs} ${ours}`.trim() };
}
