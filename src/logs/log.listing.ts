import { Prisma } from '../generated/prisma/client.js';
import { jsonObject, type Listing } from '../shared/database/listing.js';
import type { LogDto } from './log.dto.js';

const FIELDS = [
  'id',
  'timestamp',
  'level',
  'message',
  'requestId',
  'userId',
  'inferenceId',
  'metadata',
  'error',
] as const satisfies readonly (keyof LogDto)[];

/** How an entry of the log is read and answered: a `LogDto`, built by the database. */
export const LOGS: Listing = {
  from: Prisma.raw('logs l'),
  id: Prisma.raw('l.id'),
  json: jsonObject('l', FIELDS, ['timestamp']),
  sorts: { timestamp: { column: Prisma.raw('l.timestamp'), type: 'timestamp' } },
};
