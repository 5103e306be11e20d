import { type Type } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';

import { IntegerField, TextField } from './fields.js';
import { InvalidInput } from './problem.js';

/** Which page of a list is wanted. */
export class PageQuery {
  @IntegerField({ description: 'Rows per page.', min: 1, max: 200, default: 50, fromText: true })
  limit: number = 50;

  @TextField({
    description: '`page.nextCursor` of the page before; opaque.',
    maxLength: 300,
    optional: true,
  })
  cursor?: string;
}

/** Where a page ends. */
export class Page {
  @ApiProperty({ type: 'integer', description: 'Rows asked for.', example: 50 })
  limit: number;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Pass as `cursor` for the next page; null on the last one.',
  })
  nextCursor: string | null;
}

export interface Paged<T> {
  data: T[];
  page: Page;
}

/** The documented class of a page of `item`. */
export function PageOf<T>(item: Type<T>): Type<Paged<T>> {
  class PageOfItem implements Paged<T> {
    @ApiProperty({ type: [item] })
    data: T[];

    @ApiProperty({ type: Page })
    page: Page;
  }
  Object.defineProperty(PageOfItem, 'name', { value: `${item.name.replace(/Dto$/, '')}Page` });
  return PageOfItem;
}

/** What every listed row has: lists are ordered by (createdAt, id), newest first. */
interface Listed {
  id: string;
  createdAt: Date;
}

/** Prisma's arguments for one page, one row more than asked to know whether another follows. */
export function pageArguments(query: PageQuery) {
  const after = query.cursor === undefined ? null : decode(query.cursor);
  return {
    where: after
      ? {
          OR: [
            { createdAt: { lt: after.createdAt } },
            { createdAt: after.createdAt, id: { lt: after.id } },
          ],
        }
      : {},
    orderBy: [{ createdAt: 'desc' as const }, { id: 'desc' as const }],
    take: query.limit + 1,
  };
}

export function toPage<Row extends Listed, T>(
  rows: readonly Row[],
  limit: number,
  answer: (row: Row) => T,
): Paged<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const nextCursor = rows.length > limit && last ? encode(last) : null;
  return { data: shown.map(answer), page: { limit, nextCursor } };
}

function encode({ createdAt, id }: Listed): string {
  return Buffer.from(`${createdAt.toISOString()} ${id}`).toString('base64url');
}

function decode(cursor: string): Listed {
  const [time = '', id = ''] = Buffer.from(cursor, 'base64url').toString().split(' ');
  const createdAt = new Date(time);
  if (Number.isNaN(createdAt.getTime()) || !/^[0-9a-f-]{36}$/.test(id)) {
    throw InvalidInput.field('/cursor', 'must be the nextCursor of an earlier page');
  }
  return { createdAt, id };
}
