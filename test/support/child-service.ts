import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

import { vi } from 'vitest';

import { freePort } from './free-port.js';
import { ADMIN_KEY, PATIENT, ServiceClient, type TestService } from './service.js';

/** A second process of a service: the built one, on the same database and Redis. */
export class ChildService extends ServiceClient {
  private constructor(
    url: string,
    private readonly process: ChildProcess,
  ) {
    super(url, ADMIN_KEY);
  }

  static async start(
    { databaseUrl, redisUrl }: TestService,
    env: Record<string, string> = {},
  ): Promise<ChildService> {
    const port = Number(env.PORT) || (await freePort());
    const child = spawn(process.execPath, ['dist/main.js'], {
      env: {
        ...process.env,
        DATABASE_URL: databaseUrl,
        ...(redisUrl && { REDIS_URL: redisUrl }),
        ROLE: 'api',
        HOST: '127.0.0.1',
        PORT: String(port),
        LOG_LEVEL: 'fatal',
        ADMIN_API_KEY: ADMIN_KEY,
        ALLOW_PRIVATE_PROVIDERS: 'true',
        ...PATIENT,
        ...env,
      },
      stdio: 'inherit',
    });
    process.once('exit', () => child.kill('SIGKILL')); // a test that fails may leave it behind
    const service = new ChildService(`http://127.0.0.1:${port}`, child);
    const ready = vi.waitFor(() => fetch(`${service.url}/health/ready`), {
      timeout: 60_000,
      interval: 100,
    });
    const exit = once(child, 'exit');
    try {
      if ((await Promise.race([ready, exit])) instanceof Response) return service;
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
    throw new Error('The child ended while it started.');
  }

  /** Freezes the process, lets it go on, or turns its moved clock. */
  signal(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGUSR2'): void {
    this.process.kill(signal);
  }

  /** @param signal SIGTERM: what is under way may end first */
  async close(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    this.process.kill(signal);
    await once(this.process, 'exit');
  }
}
