import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

import pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { mortalSocket } from './mortal-socket.js';
import { isDatabaseAway } from './prisma-errors.js';

const SILENCE_MS = 200;
let silent: Server;

beforeEach(async () => {
  silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
});

afterEach(() => silent.close());

it('ends a connection on which no answer comes, as that of a database that is away', async () => {
  const address = silent.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const stream = () => mortalSocket(SILENCE_MS);
  const pool = new pg.Pool({ host: '127.0.0.1', port, user: 'u', stream });
  const started = performance.now();
  const error: unknown = await pool.query('SELECT 1').catch((fault: unknown) => fault);
  expect(performance.now() - started).toBeLessThan(10 * SILENCE_MS);
  expect(isDatabaseAway(error)).toBe(true);
  await pool.end();
});
