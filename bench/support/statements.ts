import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Bench } from './bench.js';

/** What the service's connections are called; the queue's have other names. */
const APPLICATION = 'model-catalog';
const STATEMENT = new RegExp(`^<${APPLICATION}>LOG: +(statement|execute )`, 'gm');
const REPEATS = 5;
const SETTLE_MS = 300;

/**
 * The most SQL statements, BEGIN and COMMIT included, that one of several equal requests takes, as
 * the log of PostgreSQL tells. A first request, which may prepare something, does not count.
 */
export async function mostStatements(bench: Bench, request: () => Promise<void>): Promise<number> {
  const administer = async (...statements: string[]) => {
    for (const statement of statements) await bench.administer(statement);
    await sleep(SETTLE_MS); // until every connection has read the new settings
  };
  await administer(
    "ALTER SYSTEM SET log_statement = 'all'",
    "ALTER SYSTEM SET log_line_prefix = '<%a>'",
    'SELECT pg_reload_conf()',
  );
  const { rowCount } = await bench.administer(
    `SELECT FROM pg_stat_activity WHERE application_name = '${APPLICATION}'`,
  );
  if (rowCount === 0) throw new Error(`No connection is called ${APPLICATION}.`);
  const log = openSync(bench.postgresLog, 'r');
  try {
    await request();
    const counts: number[] = [];
    for (let repeat = 0; repeat < REPEATS; repeat += 1) {
      const start = fstatSync(log).size;
      await request();
      counts.push(textFrom(log, start).match(STATEMENT)?.length ?? 0);
    }
    return Math.max(...counts);
  } finally {
    closeSync(log);
    await administer(
      'ALTER SYSTEM RESET log_statement',
      'ALTER SYSTEM RESET log_line_prefix',
      'SELECT pg_reload_conf()',
    );
  }
}

function textFrom(file: number, start: number): string {
  const bytes = Buffer.alloc(fstatSync(file).size - start);
  readSync(file, bytes, 0, bytes.length, start);
  return bytes.toString();
}
