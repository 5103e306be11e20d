import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { readKeys } from '../shared/secrets/encryption-keys.js';
import { keptEncryptionKey } from './encryption-key.js';

let dataDir: string;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'model-catalog-'));
});

afterEach(() => rmSync(dataDir, { recursive: true }));

describe('the encryption key of the embedded database', () => {
  it('is made once, and kept where only its owner reads it', () => {
    const made = keptEncryptionKey(dataDir);
    expect(readKeys(made.ENCRYPTION_KEY)).toHaveLength(1);
    const file = join(dataDir, 'encryption-key');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8').trim()).toBe(made.ENCRYPTION_KEY);
    expect(keptEncryptionKey(dataDir)).toEqual(made);
  });

  it('may be several, as the setting may', () => {
    writeFileSync(join(dataDir, 'encryption-key'), 'one,two\n');
    expect(keptEncryptionKey(dataDir)).toEqual({ ENCRYPTION_KEY: 'one,two' });
  });
});
