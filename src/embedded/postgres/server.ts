import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runAs, type Account } from './account.js';
import { endServer, isReady } from './postmaster.js';

export const HOST = '127.0.0.1';
const READY_WITHIN = 30_000;
const LOG_LIMIT = 10 * 1024 * 1024;
/** A port taken by another since it was chosen; children of a killed server still ending. */
const PASSING = /could not bind|pre-existing shared memory block/;

export interface ServerOptions {
  readonly native: string;
  readonly directory: string;
  readonly account: Account | undefined;
  readonly logFile: string;
  readonly durable: boolean;
  /** True when a real connection to that port was answered; may throw to give up. */
  readonly answers: (port: number) => Promise<boolean>;
}

/** A running server. */
export interface Server {
  readonly port: number;
  readonly pid: number;
  /** Resolves when the process has ended, with how it ended. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

interface Child extends Server {
  /** How it ended; undefined while it runs. */
  end(): string | undefined;
}

/**
 * Starts postgres on a free port and returns when it answers. Throws with the last lines of its
 * log when it ends before, or does not answer within 30 s.
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  rotate(options.logFile);
  for (let attempt = 1; ; attempt += 1) {
    const logStart = size(options.logFile);
    const server = await launch(options, await freePort());
    const failure = await waitUntilReady(server, options);
    if (failure === undefined) return server;
    const said = readFileSync(options.logFile).subarray(logStart).toString('utf8').trim();
    if (attempt < 5 && PASSING.test(said)) {
      await sleep(500);
      continue;
    }
    const lines = said.split('\n').slice(-8).join('\n');
    throw new Error(`${failure}; the last lines of ${options.logFile} are:\n${lines}`);
  }
}

/** Undefined once it answers, else why it does not; the server is stopped then. */
async function waitUntilReady(server: Child, options: ServerOptions): Promise<string | undefined> {
  const deadline = Date.now() + READY_WITHIN;
  try {
    while (Date.now() < deadline) {
      const end = server.end();
      if (end !== undefined) return `PostgreSQL ended while starting (${end})`;
      if (isReady(options.directory, server.pid) && (await options.answers(server.port))) return;
      await sleep(15);
    }
  } catch (error) {
    await server.stop();
    throw error;
  }
  await server.stop();
  return `PostgreSQL did not answer within ${READY_WITHIN / 1000} s`;
}

async function launch(options: ServerOptions, port: number): Promise<Child> {
  const log = openSync(options.logFile, 'a', 0o600);
  try {
    const child = spawn(join(options.native, 'bin', 'postgres'), flags(options, port), {
      ...runAs(options.account),
      // A group of its own: Ctrl-C in the terminal must not stop it before the service is done.
      detached: true,
      stdio: ['ignore', log, log],
    });
    await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
    const { pid } = child;
    if (pid === undefined) throw new Error('PostgreSQL has no process number.');
    const stopWithUs = () => void child.kill('SIGINT');
    process.once('exit', stopWithUs);
    let end: string | undefined;
    const ended = new Promise<string>((resolve) => {
      child.once('exit', (code, signal) => {
        process.off('exit', stopWithUs);
        end = signal ?? `exit code ${code}`;
        resolve(end);
      });
    });
    const stop = async () => {
      if (end === undefined) await endServer(pid);
      await ended;
    };
    return { port, pid, ended, end: () => end, stop };
  } finally {
    closeSync(log);
  }
}

function flags(options: ServerOptions, port: number): string[] {
  const settings = [`listen_addresses=${HOST}`, 'unix_socket_directories=', 'max_connections=200'];
  if (!options.durable) {
    settings.push('fsync=off', 'synchronous_commit=off', 'full_page_writes=off');
  }
  const flag = settings.flatMap((setting) => ['-c', setting]);
  return ['-D', options.directory, '-p', String(port), ...flag];
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, HOST, () => {
      const address = probe.address();
      probe.close(() => {
        if (typeof address === 'object' && address) resolve(address.port);
        else reject(new Error('The system gave no free port.'));
      });
    });
  });
}

function rotate(logFile: string): void {
  if (size(logFile) > LOG_LIMIT) renameSync(logFile, `${logFile}.1`);
}

function size(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
