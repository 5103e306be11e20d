import { Injectable, type OnApplicationShutdown } from '@nestjs/common';

import { BatchBuffer } from '../shared/batch-buffer.js';
import { PrismaService } from '../shared/database/prisma.service.js';
import { errorCode } from '../shared/error-code.js';
import {
  auditEntry,
  encodeEntry,
  entryNow,
  insertEntries,
  type Deed,
  type LogEntry,
} from '../shared/logging/log-entry.js';
import type { LogLine } from '../shared/logging/logger.js';

/** So many entries wait for a database that is away. */
const MOST_KEPT = 10_000;

/** Puts warnings, errors and the audit into the table of logs: never at once, never failing. */
@Injectable()
export class LogRecorder implements OnApplicationShutdown {
  private readonly buffer: BatchBuffer<LogEntry>;

  constructor(prisma: PrismaService) {
    this.buffer = new BatchBuffer({
      name: LogRecorder.name,
      what: 'entries of the log',
      encode: encodeEntry,
      write: (entries) => prisma.select(insertEntries(entries.toString())),
      mostKept: MOST_KEPT,
    });
  }

  /** Keeps what the logger said; not what the buffer says of its own failures, which would go on. */
  note({ level, message, context, fields, error, about }: LogLine): void {
    if (context === LogRecorder.name) return;
    if (level !== 'warn' && level !== 'error' && level !== 'fatal') return;
    const { requestId: _requestId, userId: _userId, ...known } = about;
    const metadata = { context: String(context), ...known, ...fields };
    const requestId = about.requestId ?? fields.requestId;
    const entry = { ...entryNow(), level, message, metadata, error: error && errorOf(error) };
    this.buffer.add([{ ...entry, ...(typeof requestId === 'string' && { requestId }) }]);
  }

  audit(message: string, deed: Deed): void {
    this.buffer.add([auditEntry(message, deed)]);
  }

  /** After the last request and the last run, and before the database is disconnected. */
  async onApplicationShutdown(): Promise<void> {
    await this.buffer.close();
  }
}

function errorOf(error: Error) {
  const code = errorCode(error) ?? null;
  return { name: error.name, message: error.message, code, stack: error.stack ?? null };
}
