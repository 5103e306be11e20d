import type { Role } from '../generated/prisma/client.js';

/** What a caller may do, each role all that the one before may. */
export const RoleName = { viewer: 'viewer', operator: 'operator', admin: 'admin' } as const;
export type RoleName = keyof typeof RoleName;

export const ROLE_OF: Record<RoleName, Role> = {
  viewer: 'VIEWER',
  operator: 'OPERATOR',
  admin: 'ADMIN',
};
