import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';

import { vi } from 'vitest';

import { ADMIN_KEY } from './service.js';

/** The built command in a process of its own. */
export class CertifyProcess {
  stdout = '';
  stderr = '';
  private readonly process: ChildProcessByStdio<null, Readable, Readable>;
  private readonly closed: Promise<unknown[]>;

  constructor(url: string, args: readonly string[], key = ADMIN_KEY) {
    this.process = spawn(process.execPath, ['dist/certify/certify.js', ...args], {
      env: { PATH: process.env.PATH, MODEL_CATALOG_URL: url, MODEL_CATALOG_API_KEY: key },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.process.stdout.on('data', (text) => (this.stdout += String(text)));
    this.process.stderr.on('data', (text) => (this.stderr += String(text)));
    this.closed = once(this.process, 'close');
  }

  /** Waits until the command said so on stderr. */
  async said(words: string | RegExp): Promise<void> {
    await vi.waitFor(
      () => {
        if (this.stderr.search(words) < 0) throw new Error(`Not said yet: ${this.stderr}`);
      },
      { timeout: 25_000, interval: 20 },
    );
  }

  interrupt(): void {
    this.process.kill('SIGINT');
  }

  /** Its exit code, once it is over and all it wrote has come. */
  async code(): Promise<unknown> {
    const [code] = await this.closed;
    return code;
  }
}
