import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { runCommand } from '../../src/operations/commands.js';
import { digestOf, type DumpDigest } from '../../src/operations/dump-digest.js';
import { systemBinaries } from './system-postgres.js';

const bin = systemBinaries ?? '';

/** Runs a command in this process; returns what it prints. */
export async function operate(url: string, ...args: string[]): Promise<string> {
  const lines: string[] = [];
  await runCommand(withPrograms(args), {
    env: { PATH: process.env.PATH, DATABASE_URL: url },
    print: (line) => lines.push(line),
    signal: new AbortController().signal,
  });
  return lines.join('\n');
}

/** A command in a process of its own. */
export class Operation {
  stderr = '';
  private readonly child;
  private readonly closed: Promise<unknown[]>;

  constructor(url: string, ...args: string[]) {
    const cli = fileURLToPath(new URL('../../src/operations/cli.ts', import.meta.url));
    const node = ['--import', 'tsx', cli, ...withPrograms(args)];
    this.child = spawn(process.execPath, node, {
      env: { PATH: process.env.PATH, DATABASE_URL: url },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.child.stderr.on('data', (text) => (this.stderr += String(text)));
    this.closed = once(this.child, 'close');
  }

  kill(signal: 'SIGKILL' | 'SIGTERM'): void {
    this.child.kill(signal);
  }

  /** Its exit code, once it is over; null: it was killed. */
  async code(): Promise<unknown> {
    return (await this.closed)[0];
  }
}

/** What a database holds, byte for byte, read past the commands. */
export async function contentOf(url: string): Promise<DumpDigest> {
  return digestOf(spawn(join(bin, 'pg_dump'), [url]).stdout);
}

function withPrograms(args: string[]): string[] {
  return args.includes('--pg-bin') ? args : [...args, '--pg-bin', bin];
}
