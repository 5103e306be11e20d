import type { Role } from '../generated/prisma/client.js';

const RANK: Record<Role, number> = { VIEWER: 1, OPERATOR: 2, ADMIN: 3 };

export function isAtLeast(role: Role, lowest: Role): boolean {
  return RANK[role] >= RANK[lowest];
}

export function lowerOf(one: Role, other: Role): Role {
  return isAtLeast(one, other) ? other : one;
}
