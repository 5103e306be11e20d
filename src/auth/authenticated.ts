import type { Role } from '../generated/prisma/client.js';
import type { RequestCaller } from '../shared/http/caller-context.js';

/** Who a bearer token stands for. */
export interface Caller extends RequestCaller {
  /** Of the key, or of the user who is logged in: whose requests are counted together. */
  readonly id: string;
  readonly role: Role;
}

/** A caller, and until when the token stands for it; null: for ever. */
export interface Authenticated {
  readonly caller: Caller;
  readonly until: Date | null;
}

/** What to invalidate when a key, a session or a user changes: every token is looked up again. */
export const CALLERS = 'callers';
