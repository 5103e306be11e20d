import { Injectable } from '@nestjs/common';

import { Prisma } from '../generated/prisma/client.js';
import { selectPage } from '../shared/database/listing.js';
import { PrismaService } from '../shared/database/prisma.service.js';
import type { JsonText } from '../shared/http/json-text.js';
import { InvalidInput } from '../shared/http/problem.js';
import type { LogQuery } from './log.dto.js';
import { LOGS } from './log.listing.js';

/** What happened: warnings, errors, and who changed what. */
@Injectable()
export class LogService {
  constructor(private readonly prisma: PrismaService) {}

  /** Entries, newest first. @throws InvalidInput for a foreign cursor, or a range that is none */
  async list(query: LogQuery): Promise<JsonText> {
    return selectPage(this.prisma, LOGS, { ...query, sort: '-timestamp' }, conditions(query));
  }
}

function conditions({ level, requestId, userId, entityId, from, to }: LogQuery): Prisma.Sql[] {
  const where: Prisma.Sql[] = [];
  if (level !== undefined) where.push(Prisma.sql`l.level = ${level}`);
  if (requestId !== undefined) where.push(Prisma.sql`l."requestId" = ${requestId}`);
  if (userId !== undefined) where.push(Prisma.sql`l."userId" = ${userId}`);
  if (entityId !== undefined) {
    // As the index has it.
    where.push(Prisma.sql`l.level = 'audit' AND l.metadata->>'entityId' = ${entityId}`);
  }
  const begin = from === undefined ? null : new Date(from);
  const end = to === undefined ? null : new Date(to);
  if (begin && end && begin >= end) throw InvalidInput.field('/from', 'must be before /to');
  if (begin) where.push(Prisma.sql`l.timestamp >= ${begin.toISOString()}::timestamptz`);
  if (end) where.push(Prisma.sql`l.timestamp < ${end.toISOString()}::timestamptz`);
  return where;
}
