import { afterAll, beforeAll, expect, it } from 'vitest';

import { ROLLUP_LOCK } from '../src/metrics/rollups/rollup-sql.js';
import { addAccount, type Account } from './support/accounts.js';
import { ADMIN_KEY, TestService } from './support/service.js';

let catalogue: TestService;
let ann: Account;
let chosenKey: string;

beforeAll(async () => {
  catalogue = await TestService.start({ ROLE: 'api' });
  ann = await addAccount(catalogue, 'ann', 'admin');
  const { body } = await catalogue.call('GET', '/api/v2/api-keys?sort=name');
  const keys = body.data as { id: string; name: string }[];
  chosenKey = String(keys.find(({ name }) => name === 'ADMIN_API_KEY')?.id);
});

afterAll(() => catalogue.close());

it('the last admin is neither removed nor made less', async () => {
  const revoked = await catalogue.call('DELETE', `/api/v2/api-keys/${chosenKey}`);
  expect(revoked.status).toBe(204); // ann is left
  const user = `/api/v2/users/${ann.userId}`;
  const lowered = await catalogue.call('PATCH', user, { role: 'operator' }, ann.key);
  expect(lowered.status).toBe(409);
  expect((await catalogue.call('DELETE', user, undefined, ann.key)).status).toBe(409);
  expect((await catalogue.call('GET', user, undefined, ann.key)).body.role).toBe('admin');
  const temporary = { name: 'temporary', role: 'admin', expiresAt: '2999-01-01T00:00:00Z' };
  await catalogue.call('POST', '/api/v2/api-keys', temporary, ann.key);
  expect((await catalogue.call('DELETE', user, undefined, ann.key)).status).toBe(409);
});

it('an admin goes while points are summed up', async () => {
  const carl = { email: 'carl@example.com', password: 'correct horse battery', role: 'admin' };
  const { body } = await catalogue.call('POST', '/api/v2/users', carl, ann.key);
  await catalogue.database.query('BEGIN');
  await catalogue.database.query(`SELECT pg_advisory_xact_lock(${ROLLUP_LOCK})`);
  const path = `/api/v2/users/${String(body.id)}`;
  const gone = await catalogue.call('DELETE', path, undefined, ann.key);
  await catalogue.database.query('COMMIT');
  expect(gone.status).toBe(204);
});

it('of two that go at once, one stays', async () => {
  const made = await catalogue.call(
    'POST',
    '/api/v2/users',
    { email: 'bob@example.com', password: 'correct horse battery', role: 'admin' },
    ann.key,
  );
  const answers = await Promise.all(
    [ann.userId, String(made.body.id)].map((id) =>
      catalogue.call('PATCH', `/api/v2/users/${id}`, { role: 'viewer' }, ann.key),
    ),
  );
  const { rows } = await catalogue.database.query(`SELECT id FROM users WHERE role = 'ADMIN'`);
  expect(rows).toHaveLength(1);
  expect(answers.map(({ status }) => status)).toContain(200);
  expect((await catalogue.call('GET', '/api/v2/models', undefined, ADMIN_KEY)).status).toBe(401);
});
