import { SetMetadata } from '@nestjs/common';

/** Metadata key of what an endpoint's answers depend on. */
export const CACHED_BY = 'cachedBy';

/** What the answer to a request depends on, as tags; told from the parameters of its path. */
export type TagsOf = (params: unknown) => readonly string[];

/**
 * Keeps the endpoint's answers in memory until something they depend on changes.
 * @param tags of what they depend on; `:id` stands for the path's id
 */
export function Cached(...tags: string[]) {
  const tagsOf: TagsOf = (params) => {
    const id = idOf(params);
    return id === null ? tags : tags.map((tag) => tag.replace(':id', id));
  };
  return SetMetadata(CACHED_BY, tagsOf);
}

function idOf(params: unknown): string | null {
  if (typeof params !== 'object' || params === null || !('id' in params)) return null;
  return typeof params.id === 'string' ? params.id : null;
}
