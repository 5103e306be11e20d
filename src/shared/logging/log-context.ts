import { AsyncLocalStorage } from 'node:async_hooks';

import type { JsonObject } from '../json.js';

/** What is known of the work under way: each line of the log says it. */
export interface LogContext {
  readonly requestId?: string;
  /** The user who asks, or whose key it is. */
  readonly userId?: string;
  readonly runId?: string;
  /** Of the queue. */
  readonly jobId?: string;
  readonly deploymentId?: string;
}

/** What the audit says of the work under way, besides. */
export interface AuditContext {
  /** Who asks: the name of a key, or an email address. */
  readonly caller?: string;
  /** The API key it came with. */
  readonly keyId?: string;
  /** The method and the template of the path. */
  readonly route?: string;
  /** What the services noted. */
  readonly notes?: JsonObject;
  /** Whether what was changed is on record already. */
  readonly recorded?: boolean;
}

interface Work {
  log: LogContext;
  audit: AuditContext;
}

const storage = new AsyncLocalStorage<Work | undefined>();

/** Does work of which this is known, and all that it starts. */
export function inContext<T>(log: LogContext, work: () => T, audit: AuditContext = {}): T {
  return storage.run({ log, audit }, work);
}

/** Does work that belongs to nobody's: what it starts outlives the work under way. */
export function outOfContext<T>(work: () => T): T {
  // Not `exit`, for which Node 20 stops to follow promises, and begins again.
  return storage.run(undefined, work);
}

/** What is known of the work under way. */
export function logContext(): LogContext {
  return storage.getStore()?.log ?? NOTHING;
}

export function auditContext(): AuditContext {
  return storage.getStore()?.audit ?? NOTHING;
}

/** Adds what became known since the work began. */
export function addToContext(log: LogContext, audit: AuditContext = NOTHING): void {
  const work = storage.getStore();
  if (!work) return;
  // Node 20 takes twenty times as long for `{ ...a, ...b }` with new fields.
  work.log = Object.assign({}, work.log, log);
  work.audit = Object.assign({}, work.audit, audit);
}

const NOTHING: Record<string, never> = {};
