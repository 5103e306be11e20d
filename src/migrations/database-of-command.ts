import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EmbeddedPostgresOptions } from '../embedded/postgres/embedded-postgres.js';

type Work<T> = (databaseUrl: string) => Promise<T>;

/** Runs `work` on the database of DATABASE_URL, or else on the embedded one under DATA_DIR. */
export async function withDatabase<T>(env: NodeJS.ProcessEnv, work: Work<T>): Promise<T> {
  if (env.DATABASE_URL) return work(env.DATABASE_URL);
  return withEmbedded({ dataDir: env.DATA_DIR || '.data' }, work);
}

/** Runs `work` on the server of DATABASE_URL, or else on one that is thrown away afterwards. */
export async function withAnyServer<T>(env: NodeJS.ProcessEnv, work: Work<T>): Promise<T> {
  if (env.DATABASE_URL) return work(env.DATABASE_URL);
  const dataDir = await mkdtemp(join(tmpdir(), 'model-catalog-'));
  try {
    // Started by root, PostgreSQL runs as another account, which has to enter.
    await chmod(dataDir, 0o755);
    return await withEmbedded({ dataDir, durable: false }, work);
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function withEmbedded<T>(
  options: Pick<EmbeddedPostgresOptions, 'dataDir' | 'durable'>,
  work: Work<T>,
): Promise<T> {
  // Imported here: an installation for production, where DATABASE_URL is set, lacks its package.
  const { startEmbeddedPostgres } = await import('../embedded/postgres/embedded-postgres.js');
  const postgres = await startEmbeddedPostgres({
    ...options,
    database: 'model_catalog',
    notice: (sentence) => console.error(sentence),
  });
  try {
    return await work(postgres.url);
  } finally {
    await postgres.stop();
  }
}
