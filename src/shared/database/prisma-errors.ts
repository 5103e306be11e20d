import { errorCode } from '../error-code.js';
import { objectOrNull, stringOrNull } from '../json.js';
import { Prisma } from '../../generated/prisma/client.js';

/** Whether a write failed because a unique value exists already. */
export function isUniqueViolation(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002';
}

/** Whether a write failed because it removes what is in use, or names what does not exist. */
export function isReferenceViolation(error: unknown): boolean {
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return false;
  return error.code === 'P2003' || originalCode(error) === '23503';
}

/** PostgreSQL's own: serialization failure, deadlock, and the two violations above. */
const SQLSTATE_CONFLICT = new Set(['40001', '40P01', '23505', '23503']);

/** Whether raw SQL lost to a simultaneous write: the transaction may succeed when tried again. */
export function isWriteConflict(error: unknown): boolean {
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return false;
  return error.code === 'P2034' || SQLSTATE_CONFLICT.has(originalCode(error));
}

/** Prisma's write conflict; PostgreSQL's deadlock, and a lock that was not to be had in time. */
const CONTENTION = new Set(['P2034', '40P01', '55P03']);

/** Whether a transaction was given up for the sake of another one: it was not at fault. */
export function isContention(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return CONTENTION.has(errorCode(error) ?? '') || CONTENTION.has(originalCode(error));
}

/** Codes of a database that does not answer, or not in time. */
const DATABASE_AWAY = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'P2037']);
const SOCKET_FAULTS = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'EPIPE'],
  ...['ENOTFOUND', 'EAI_AGAIN'],
]);
/**
 * PostgreSQL's own: connection exceptions, a statement out of time, shutdowns, no resources left, a
 * standby in the place of the server that takes writes.
 */
const SQLSTATE_AWAY = /^(08...|25006|57014|57P0[1235]|53...)$/;
/** What pg throws without a code when a connection breaks or none is free. */
const CONNECTION_LOST =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/;

/** Whether the database did not answer or was busy with others: what failed may be tried again. */
export function mayPass(error: unknown): boolean {
  return isDatabaseAway(error) || isContention(error);
}

/** Whether the database did not answer, as opposed to having refused. */
export function isDatabaseAway(error: unknown): boolean {
  if (error instanceof Prisma.PrismaClientInitializationError) return true;
  if (!(error instanceof Error)) return false;
  const code = errorCode(error) ?? '';
  return (
    DATABASE_AWAY.has(code) ||
    SOCKET_FAULTS.has(code) ||
    SQLSTATE_AWAY.test(code) ||
    SQLSTATE_AWAY.test(originalCode(error)) ||
    CONNECTION_LOST.test(error.message)
  );
}

/** Codes of a connection that ended while it was used. */
const USED_AND_LOST = new Set(['P1008', 'P1017', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE']);
/** PostgreSQL's own: connection exceptions, shutdowns. */
const SQLSTATE_LOST = /^(08...|57P0[12])$/;
/** What pg throws without a code when a connection breaks, but not when there was none. */
const LOST = /^(Connection terminated(?! due to)|Client has encountered a connection error)/;

/** Whether a write that failed may have been carried out all the same: only its answer was lost. */
export function mayHaveHappened(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    [errorCode(error) ?? '', originalCode(error)].some(
      (code) => USED_AND_LOST.has(code) || SQLSTATE_LOST.test(code),
    ) || LOST.test(error.message)
  );
}

/** PostgreSQL's code, where Prisma wraps the error: of raw SQL (P2010), of a statement cut off (P2039). */
function originalCode(error: Error): string {
  const meta = 'meta' in error ? error.meta : null;
  const driverError = objectOrNull(objectOrNull(meta)?.driverAdapterError);
  return stringOrNull(objectOrNull(driverError?.cause)?.originalCode) ?? '';
}
