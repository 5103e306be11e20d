import { fork, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { freePort } from '../../test/support/free-port.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HOST = '127.0.0.1';
const READY_WITHIN_MS = 120_000;

/** The admin key of every service under test. */
export const KEY = 'bench-admin-key-0123456789';
/** Requests are counted, and their limit is never reached. */
export const UNLIMITED = { RATE_LIMIT_PER_MINUTE: '10000000' };

/** A server in a process of its own. */
export interface Child {
  readonly url: string;
  stop(): Promise<void>;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
  /** Stops its time, or lets it go on. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
}

/** Only these settings: nothing of the surroundings may change what is measured. */
function environment(settings: Record<string, string>): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, ...settings };
}

/** Starts `dist/main.js` on a migrated database and returns when it is ready. */
export async function startService(
  databaseUrl: string,
  settings: Record<string, string> = {},
): Promise<Child> {
  const port = await freePort();
  const url = `http://${HOST}:${port}`;
  const env = environment({
    DATABASE_URL: databaseUrl,
    HOST,
    PORT: String(port),
    LOG_LEVEL: 'error',
    ADMIN_API_KEY: KEY,
    ...UNLIMITED,
    ...settings,
  });
  const child = start('dist/main.js', env, []);
  const isReady = async () => {
    const answer = await fetch(`${url}/health/ready`).catch(() => null);
    return answer?.ok === true;
  };
  for (const deadline = Date.now() + READY_WITHIN_MS; !(await isReady()); await sleep(50)) {
    if (child.exitCode !== null) throw new Error('The service ended while starting.');
    if (Date.now() > deadline) throw new Error('The service is not ready after 120 s.');
  }
  return childAt(url, child);
}

/** Starts a baseline, a TypeScript file that hands its `task` over to `serveBaseline`. */
export async function startBaseline(file: string, task: unknown): Promise<Child> {
  const child = start(`bench/support/${file}`, environment({}), ['--import', 'tsx']);
  child.send({ task });
  const url = await Promise.race([
    once(child, 'message').then(([message]: unknown[]) => String(message)),
    once(child, 'exit').then(() => Promise.reject(new Error(`${file} ended while starting.`))),
  ]);
  return childAt(url, child);
}

/** Starts a Redis that keeps nothing; null when the machine has none. */
export async function startRedis(): Promise<Child | null> {
  if (spawnSync('redis-server', ['--version']).error) return null;
  const port = String(await freePort());
  const words = ['--bind', HOST, '--port', port, '--save', '', '--appendonly', 'no'];
  const server = spawn('redis-server', words, { stdio: ['ignore', 'pipe', 'inherit'] });
  stopWithUs(server);
  let said = '';
  server.stdout.on('data', (text) => (said += String(text)));
  while (!said.includes('Ready to accept connections')) {
    if (server.exitCode !== null) throw new Error(`Redis ended while starting:\n${said}`);
    await sleep(20);
  }
  return childAt(`redis://${HOST}:${port}`, server);
}

/** In a baseline's process: gets its task, starts it and tells the parent its address. */
export function serveBaseline<Task>(
  isTask: (value: unknown) => value is Task,
  listen: (task: Task) => Promise<string>,
): void {
  process.once('message', (message) => {
    const isObject = typeof message === 'object' && message !== null;
    const task = isObject && 'task' in message ? message.task : undefined;
    if (!isTask(task)) throw new Error('This is not a task for this baseline.');
    void listen(task).then((url) => process.send?.(url));
  });
  process.once('disconnect', () => process.exit());
}

/** Runs a script of `dist` to its end. */
export async function runScript(
  file: string,
  words: string[],
  settings: Record<string, string>,
): Promise<void> {
  const child = fork(file, words, { cwd: ROOT, env: environment(settings), silent: true });
  let said = '';
  child.stdout?.on('data', (text) => (said += String(text)));
  child.stderr?.on('data', (text) => (said += String(text)));
  const [code]: unknown[] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${file} failed:\n${said}`);
}

function start(file: string, env: NodeJS.ProcessEnv, execArgv: string[]): ChildProcess {
  const child = fork(file, { cwd: ROOT, env, execArgv });
  stopWithUs(child);
  return child;
}

function stopWithUs(child: ChildProcess): void {
  const kill = () => void child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
}

function childAt(url: string, child: ChildProcess): Child {
  return {
    url,
    stop: () => end(child, 'SIGTERM'),
    kill: () => end(child, 'SIGKILL'),
    signal: (signal) => void child.kill(signal),
  };
}

async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}
