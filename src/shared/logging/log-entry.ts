import { Prisma } from '../../generated/prisma/client.js';
import type { JsonObject } from '../json.js';
import { orderedId } from '../ordered-id.js';
import { hideSecrets } from '../secrets/hide-secrets.js';
import { storableText } from '../storable.js';
import { auditContext, logContext } from './log-context.js';

/** A row of the table of logs. */
export interface LogEntry {
  readonly timestamp: Date;
  readonly level: 'audit' | 'warn' | 'error' | 'fatal';
  readonly message: string;
  readonly requestId: string | null;
  readonly userId: string | null;
  /** The run that was under way. */
  readonly inferenceId: string | null;
  readonly metadata: JsonObject;
  readonly error: JsonObject | null;
}

/** What was done, for the audit; who did it is known of the work under way. */
export interface Deed extends JsonObject {
  readonly action: string;
  /** The kind of what was changed. */
  readonly entity?: string | null;
  readonly entityId?: string | null;
}

const MAX_TEXT = 8_000;

/** Who did what, as an entry of the audit. */
export function auditEntry(message: string, deed: Deed): LogEntry {
  const { caller = null, keyId = null, route = null, notes } = auditContext();
  return {
    ...entryNow(),
    level: 'audit',
    message,
    metadata: { caller, keyId, route, ...deed, ...notes },
  };
}

/** An entry about the work under way. */
export function entryNow() {
  const { requestId = null, userId = null, runId = null } = logContext();
  const timestamp = new Date();
  return { timestamp, requestId, userId, inferenceId: runId, error: null };
}

/** An entry as JSON that PostgreSQL takes, with the id it gets. */
export function encodeEntry(entry: LogEntry): string {
  return JSON.stringify(Object.assign({ id: orderedId() }, entry), storable);
}

/**
 * The statement that stores entries, without any secret; those that are there stay as they are.
 * @param entries a JSON array of encoded ones
 */
export function insertEntries(entries: string): Prisma.Sql {
  return Prisma.sql`
    INSERT INTO logs
           (id, timestamp, level, message, "requestId", "userId", "inferenceId", metadata, error)
    SELECT id, timestamp, level, message, "requestId", "userId", "inferenceId", metadata, error
      FROM jsonb_to_recordset(${hideSecrets(entries)}::jsonb)
        AS entry(id text, timestamp timestamptz, level text, message text, "requestId" text,
                 "userId" text, "inferenceId" text, metadata jsonb, error jsonb)
        ON CONFLICT (id) DO NOTHING`;
}

/** A text is cut after its secrets are taken out, and holds nothing that PostgreSQL refuses. */
function storable(_: string, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const text = value.length > MAX_TEXT ? `${hideSecrets(value).slice(0, MAX_TEXT)}…` : value;
  return storableText(text);
}
