import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Secrets that nearly every test uses: they must stand in no line that a service writes. */
export const ADMIN_KEY = 'test-admin-key-0123456789';
export const PASSWORD = 'correct horse battery';

/** What a service makes itself, and tells whom it is for only: API keys, access and refresh tokens. */
const MADE = [
  /\bmc_[\w-]{43}/,
  /\beyJ[\w-]{8,}\.[\w-]+\.[\w-]+/,
  /\b[0-9a-f]{8}-[0-9a-f-]{27}\.[\w-]{43}\b/,
];

/** From now on, what services of this process log goes to a file in the folder, not to the screen. */
export function collectLog(folder: string): void {
  const write = process.stdout.write.bind(process.stdout);
  const file = join(folder, `${String(process.pid)}.log`);
  process.stdout.write = (chunk: string | Uint8Array, ...rest: never[]): boolean => {
    if (typeof chunk !== 'string' || !chunk.startsWith('{"level":')) return write(chunk, ...rest);
    appendFileSync(file, chunk);
    return true;
  };
}

/** @throws Error with the first line in which a secret stands */
export function checkLogs(folder: string, secrets: readonly string[]): void {
  const lines = readdirSync(folder).flatMap((name) =>
    readFileSync(join(folder, name), 'utf8').split('\n'),
  );
  const bad = lines.find(
    (line) =>
      secrets.some((secret) => line.includes(secret)) || MADE.some((made) => made.test(line)),
  );
  if (bad !== undefined) throw new Error(`A secret is in the log: ${bad}`);
}
