import { expect, it } from 'vitest';

import { HttpServer } from './http-server.js';
import { Config } from './shared/config.js';

it('keeps a connection for as long as the longest call may be silent', () => {
  const url = 'postgresql://localhost/x';
  const config = Config.from({ DATABASE_URL: url, PROVIDER_TIMEOUT_SECONDS: '1' });
  const { connectionTimeout } = new HttpServer(config).fastify.initialConfig;
  expect(connectionTimeout).toBeGreaterThan(300_000);
});
