import type { Prisma } from '../../generated/prisma/client.js';
import type { JsonObject } from '../json.js';
import { addToContext, auditContext } from './log-context.js';
import { auditEntry, encodeEntry, insertEntries, type Deed } from './log-entry.js';

/** A row before and after a change; null: it was not there. */
export interface Change {
  readonly entity: string;
  readonly entityId: string;
  readonly before: JsonObject | null;
  readonly after: JsonObject | null;
}

/** Adds to what the audit says of the work under way; never a secret, only that one was set. */
export function noteInAudit(notes: JsonObject): void {
  addToContext({}, { notes: { ...auditContext().notes, ...notes } });
}

/** Nothing is left to be said of the work under way once it is over. */
export function settleAudit(): void {
  addToContext({}, { recorded: true });
}

/** Puts on record, with the change itself, what a change did: both are stored, or neither. */
export async function recordChange(tx: Prisma.TransactionClient, change: Change): Promise<void> {
  const { entity, entityId } = change;
  const [action, done] = actionOf(change);
  await recordDeed(tx, `${entity} ${done}`, { action, entity, entityId, ...changedFields(change) });
}

/** Puts something else on record that this transaction does. */
export async function recordDeed(
  tx: Prisma.TransactionClient,
  message: string,
  deed: Deed,
): Promise<void> {
  const entry = encodeEntry(auditEntry(message, deed));
  await tx.$executeRaw(insertEntries(`[${entry}]`));
  settleAudit();
}

function actionOf({ before, after }: Change): [action: string, done: string] {
  if (before === null) return ['create', 'created'];
  return after === null ? ['delete', 'deleted'] : ['update', 'updated'];
}

/** The whole row where there is only one; else the fields that differ. */
function changedFields({ before, after }: Change): Pick<Change, 'before' | 'after'> {
  if (!before || !after) return { before, after };
  const names = Object.keys({ ...before, ...after }).filter(
    (name) => name !== 'updatedAt' && JSON.stringify(before[name]) !== JSON.stringify(after[name]),
  );
  const some = (row: JsonObject) => Object.fromEntries(names.map((name) => [name, row[name]]));
  return { before: some(before), after: some(after) };
}
