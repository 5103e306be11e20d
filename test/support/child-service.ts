import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { inject, vi } from 'vitest';

import { freePort } from './free-port.js';
import { ADMIN_KEY, PATIENT, ServiceClient, type TestService } from './service.js';

/** The environment of a process whose clock is ahead by so many milliseconds, or behind. */
export function clockOff(ms: number): Record<string, string> {
  const clock = new URL('moved-clock.mjs', import.meta.url).href;
  return { NODE_OPTIONS: `--import=${clock}`, CLOCK_OFF_MS: String(ms) };
}

/** A second process of a service: the built one, on the same database and Redis. */
export class ChildService extends ServiceClient {
  private constructor(
    url: string,
    key: string,
    private readonly process: ChildProcess,
    /** Where all that it writes goes. */
    private readonly file: string,
  ) {
    super(url, key);
  }

  static async start(
    { databaseUrl, redisUrl }: Pick<TestService, 'databaseUrl' | 'redisUrl'>,
    env: Record<string, string> = {},
  ): Promise<ChildService> {
    const port = Number(env.PORT) || (await freePort());
    const file = join(inject('logFolder'), `child-${randomUUID()}.log`);
    const output = openSync(file, 'a');
    const child = spawn(process.execPath, ['dist/main.js'], {
      env: {
        ...process.env,
        DATABASE_URL: databaseUrl,
        ...(redisUrl && { REDIS_URL: redisUrl }),
        ROLE: 'api',
        HOST: '127.0.0.1',
        PORT: String(port),
        LOG_LEVEL: 'debug',
        ADMIN_API_KEY: ADMIN_KEY,
        ALLOW_PRIVATE_PROVIDERS: 'true',
        ...PATIENT,
        ...env,
      },
      stdio: ['ignore', output, output],
    });
    closeSync(output);
    process.once('exit', () => child.kill('SIGKILL')); // a test that fails may leave it behind
    const service = new ChildService(
      `http://127.0.0.1:${port}`,
      env.ADMIN_API_KEY ?? ADMIN_KEY,
      child,
      file,
    );
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
    throw new Error(`The child ended while it started: ${service.output.slice(-2_000)}`);
  }

  /** All that it wrote so far, to stdout and to stderr. */
  get output(): string {
    return readFileSync(this.file, 'utf8');
  }

  /** Freezes the process, lets it go on, or turns its moved clock. */
  signal(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGUSR2'): void {
    this.process.kill(signal);
  }

  /**
   * @param signal SIGTERM: what is under way may end first
   * @returns the exit code; null: the signal ended it
   */
  async close(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<number | null> {
    const exit = once(this.process, 'exit');
    this.process.kill(signal);
    const [code] = (await exit) as [number | null];
    return code;
  }
}
