import { afterAll, beforeAll, expect, it } from 'vitest';

import { addAccount, PASSWORD, type Account } from './support/accounts.js';
import { overtaken } from './support/overtaken.js';
import { ADMIN_KEY, SEALING, TestService } from './support/service.js';

const PATH = '/api/v2/auth/password';
const NEW = 'another horse battery';

let catalogue: TestService;
let ann: Account;

beforeAll(async () => {
  catalogue = await TestService.start({
    ROLE: 'api',
    ...SEALING,
  });
  ann = await addAccount(catalogue, 'ann', 'viewer');
});

afterAll(() => catalogue.close());

const login = (password: string) =>
  catalogue.call('POST', '/api/v2/auth/login', { email: ann.email, password }, '');

it('a user changes their own password by the old one, and all other sessions end', async () => {
  const one = String((await login(PASSWORD)).body.accessToken);
  const other = String((await login(PASSWORD)).body.accessToken);
  const change = (currentPassword: string, newPassword: string, token = one) =>
    catalogue.call('PUT', PATH, { currentPassword, newPassword }, token);
  expect((await change('wrong', NEW)).status).toBe(403);
  expect((await change(PASSWORD, 'short')).status).toBe(400);
  expect((await change(PASSWORD, NEW, ADMIN_KEY)).status).toBe(403); // no user's
  const changed = await change(PASSWORD, NEW);
  expect(changed.status).toBe(200);
  const statusOf = async (token: unknown) =>
    (await catalogue.call('GET', '/api/v2/models', undefined, String(token))).status;
  expect(await statusOf(one)).toBe(401);
  expect(await statusOf(other)).toBe(401);
  expect(await statusOf(changed.body.accessToken)).toBe(200);
  expect((await login(PASSWORD)).status).toBe(401);
  expect((await login(NEW)).status).toBe(200);
});

it('a login that was checked by the old password begins no session after it was changed', async () => {
  const bob = await addAccount(catalogue, 'bob', 'viewer');
  const change = `UPDATE users SET password = password || 'x' WHERE email = $1`;
  const { status } = await overtaken(catalogue.database, [change, [bob.email]], () =>
    catalogue.call('POST', '/api/v2/auth/login', { email: bob.email, password: PASSWORD }, ''),
  );
  expect(status).toBe(401);
  const { rowCount } = await catalogue.database.query(
    'SELECT FROM sessions s JOIN users u ON u.id = s."userId" WHERE u.email = $1',
    [bob.email],
  );
  expect(rowCount).toBe(0);
});

it('guesses of the old password are limited', async () => {
  const statuses: number[] = [];
  for (let count = 0; count < 12; count++) {
    const body = { currentPassword: `guess ${count}`, newPassword: NEW };
    statuses.push((await catalogue.call('PUT', PATH, body, ann.key)).status);
  }
  expect(statuses.at(-1)).toBe(429);
});
