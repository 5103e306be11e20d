import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { errorCode } from '../shared/error-code.js';
import { writeWhole } from './write-whole.js';

/**
 * The setting for the secrets of the embedded database: made at the first start, and kept beside
 * the database in a file that only its owner may read. It gives way to one of the environment.
 */
export function keptEncryptionKey(dataDir: string): { ENCRYPTION_KEY: string } {
  const file = join(dataDir, 'encryption-key');
  try {
    return { ENCRYPTION_KEY: readFileSync(file, 'utf8').trim() };
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    const key = randomBytes(32).toString('base64');
    writeWhole(file, `${key}\n`);
    return { ENCRYPTION_KEY: key };
  }
}
