import { KEY } from './children.js';

/** A page of a list. */
export interface ListPage {
  readonly data: Record<string, unknown>[];
  readonly nextCursor: string | null;
}

/** The bytes of an answer. @throws Error when it is not a success */
export async function getText(url: string): Promise<string> {
  const answer = await fetch(url, { headers: { authorization: `Bearer ${KEY}` } });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`GET ${url} is a ${answer.status}: ${text}`);
  return text;
}

export async function getPage(url: string): Promise<ListPage> {
  const body: unknown = JSON.parse(await getText(url));
  if (!isList(body)) throw new Error(`GET ${url} is not a page of a list.`);
  return { data: body.data, nextCursor: body.page.nextCursor };
}

/** The paths of a list's first pages, and their rows. @throws Error when there are fewer pages */
export async function walk(
  url: string,
  path: string,
  pages: number,
): Promise<{ paths: string[]; pages: ListPage[] }> {
  const walked: { paths: string[]; pages: ListPage[] } = { paths: [], pages: [] };
  let next: string | null = path;
  while (walked.paths.length < pages) {
    if (next === null) throw new Error(`${path} has ${walked.paths.length} pages only.`);
    const page = await getPage(`${url}${next}`);
    walked.paths.push(next);
    walked.pages.push(page);
    next = page.nextCursor && `${path}&cursor=${encodeURIComponent(page.nextCursor)}`;
  }
  return walked;
}

interface ListBody {
  readonly data: Record<string, unknown>[];
  readonly page: { readonly nextCursor: string | null };
}

function isList(body: unknown): body is ListBody {
  if (typeof body !== 'object' || body === null || !('data' in body && 'page' in body))
    return false;
  const { data, page } = body;
  if (!Array.isArray(data) || typeof page !== 'object' || page === null) return false;
  return 'nextCursor' in page && (page.nextCursor === null || typeof page.nextCursor === 'string');
}
