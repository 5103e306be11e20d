// `npm run secrets:rotate`: seals every stored secret with the first key of ENCRYPTION_KEY.
import pg from 'pg';

import { keptEncryptionKey } from './embedded/encryption-key.js';
import { withDatabase } from './migrations/database-of-command.js';
import { Config } from './shared/config.js';
import { rotateSecrets } from './shared/secrets/rotate-secrets.js';
import { SecretBox } from './shared/secrets/secret-box.js';

const { env } = process;
try {
  await withDatabase(env, async (url) => {
    const isKept = !env.DATABASE_URL && !env.ENCRYPTION_KEY;
    const kept = isKept ? keptEncryptionKey(env.DATA_DIR || '.data') : {};
    const box = new SecretBox(Config.from({ ...env, ...kept, DATABASE_URL: url }));
    const database = new pg.Client({ connectionString: url });
    await database.connect();
    try {
      const { resealed, current, changed, unreadable } = await rotateSecrets(database, box);
      console.log(
        `${resealed} sealed anew, ${current} sealed with this key before, ` +
          `${changed} changed meanwhile, ${unreadable.length} that cannot be opened.`,
      );
      for (const sentence of unreadable) console.log(sentence);
      if (changed + unreadable.length > 0) process.exitCode = 1;
    } finally {
      await database.end();
    }
  });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
