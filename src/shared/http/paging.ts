import { type Type } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';

import { isStorable } from '../storable.js';
import { EnumField, IntegerField, TextField } from './fields.js';
import { InvalidInput } from './problem.js';

/** Which page of a list is wanted. */
export class PageQuery {
  @IntegerField({ description: 'Rows per page.', min: 1, max: 200, default: 50, fromText: true })
  limit: number = 50;

  @TextField({
    description: '`page.nextCursor` of the page before; opaque, and good for the same sort only.',
    maxLength: 4000,
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
    example: null,
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
    @ApiProperty({ type: [item], description: 'The rows, in order.' })
    data: T[];

    @ApiProperty({ type: Page, description: 'Which page it is.' })
    page: Page;
  }
  Object.defineProperty(PageOfItem, 'name', { value: `${item.name.replace(/Dto$/, '')}Page` });
  return PageOfItem;
}

/** The `sort` of a list: one of these fields, with `-` in front for descending. */
export function SortField(fields: readonly string[]) {
  const orders = fields.flatMap((field) => [field, `-${field}`]);
  return EnumField({
    description: 'By which field; `-` for descending.',
    values: Object.fromEntries(orders.map((order) => [order, order])),
    default: '-createdAt',
  });
}

/** The end of a page: the row's sort value, as text, and its id, which breaks ties. */
export interface Position {
  readonly key: string;
  readonly id: string;
}

export function encodeCursor(sort: string, { key, id }: Position): string {
  return Buffer.from(JSON.stringify([sort, key, id])).toString('base64url');
}

/**
 * @param isKey whether a text can be a value of the sort field
 * @throws InvalidInput when the cursor is not one of a list in this order
 */
export function decodeCursor(
  cursor: string,
  sort: string,
  isKey: (key: string) => boolean,
): Position {
  const [sortedBy, key, id] = parse(cursor);
  if (
    typeof key !== 'string' ||
    typeof id !== 'string' ||
    sortedBy !== sort ||
    !/^[\w-]{1,100}$/.test(id) ||
    !isStorable(key) ||
    !isKey(key)
  ) {
    throw InvalidInput.field('/cursor', 'must be the nextCursor of a page in this order');
  }
  return { key, id };
}

function parse(cursor: string): unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(parts) ? parts : [];
  } catch {
    return [];
  }
}
