import { applyMigrations } from '../migrations/migrations.js';
import { pendingMigrations } from '../migrations/pending.js';
import { startService, StartError, type Service } from '../service.js';
import { Config } from '../shared/config.js';
import { keptEncryptionKey } from './encryption-key.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from './postgres/embedded-postgres.js';

const DATABASE = 'model_catalog';

/**
 * Starts the service, and for it a PostgreSQL under `DATA_DIR` (`.data`) when `DATABASE_URL` is
 * not set.
 * @throws StartError, ConfigError
 */
export async function startEmbeddedService(
  env: NodeJS.ProcessEnv,
  notice: (sentence: string) => void,
): Promise<Service> {
  if (env.DATABASE_URL) return startService(Config.from(env));
  // Before anything is started: a wrong setting should cost nothing.
  Config.from({ ...env, DATABASE_URL: 'postgresql://embedded' }, true);
  const dataDir = env.DATA_DIR || '.data';
  const postgres = await startPostgres(dataDir, notice);
  try {
    if ((await pendingMigrations(postgres.url)).length > 0) await applyMigrations(postgres.url);
    const kept = env.ENCRYPTION_KEY ? {} : keptEncryptionKey(dataDir);
    const settings = { ...env, ...kept, DATABASE_URL: postgres.url };
    const service = await startService(Config.from(settings, true));
    return {
      ...service,
      close: async () => {
        try {
          await service.close();
        } finally {
          await postgres.stop();
        }
      },
    };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

async function startPostgres(
  dataDir: string,
  notice: (sentence: string) => void,
): Promise<EmbeddedPostgres> {
  try {
    return await startEmbeddedPostgres({ dataDir, database: DATABASE, notice });
  } catch (error) {
    throw new StartError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
