import { readFile } from 'node:fs/promises';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { accessTokenOf, addAccount } from './support/accounts.js';
import { Contract } from './support/contract.js';
import { UNKNOWN } from './support/samples.js';
import { SEALING, TestService } from './support/service.js';

/** In their order. */
const ROLES = ['none', 'viewer', 'operator', 'admin'] as const;
type Role = (typeof ROLES)[number];

let catalogue: TestService;
let contract: Contract;
/** What each role speaks by: an API key, and an access token. */
const tokens: Record<Role, string[]> = { none: [''], viewer: [], operator: [], admin: [] };

beforeAll(async () => {
  catalogue = await TestService.start({
    ...SEALING,
  });
  contract = await Contract.of(catalogue.url);
  for (const role of ['viewer', 'operator', 'admin'] as const) {
    const { email, key } = await addAccount(catalogue, role, role);
    tokens[role] = [key, await accessTokenOf(catalogue, email)];
  }
});

afterAll(() => catalogue.close());

describe('every operation', () => {
  it('says which role it needs, and docs/api/roles.md says it again', async () => {
    const page = await readFile('docs/api/roles.md', 'utf8');
    const { operations } = contract;
    expect(operations.length).toBeGreaterThan(50);
    for (const { method, path, node } of operations) {
      const role = node['x-required-role'];
      expect(ROLES, `${method} ${path}`).toContain(role);
      const row = page.split('\n').find((line) => line.includes(`\`${method} ${path}\``));
      expect(row?.split('|')[2]?.trim(), `${method} ${path}`).toBe(role);
    }
  });

  it.each(ROLES)('lets in %s exactly where the role suffices', async (role) => {
    const wrong: string[] = [];
    for (const token of tokens[role]) {
      for (const { method, path, node } of contract.operations) {
        const at = path.replaceAll(/\{\w+\}/g, UNKNOWN);
        const { status } = await catalogue.call(method, at, undefined, token);
        const suffices = ROLES.indexOf(role) >= ROLES.indexOf(node['x-required-role'] as Role);
        const expected = suffices ? [200, 202, 204, 400, 404, 409] : [role === 'none' ? 401 : 403];
        if (!expected.includes(status)) wrong.push(`${method} ${path}: ${String(status)}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});
