import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';

import { Config } from './config.js';

const KEY = Buffer.alloc(32, 7).toString('base64');
const DATABASE = { DATABASE_URL: 'postgresql://localhost/x' };

describe('Config', () => {
  it('has defaults for everything but the database', () => {
    expect(Config.from(DATABASE)).toMatchObject({ port: 3000, host: '0.0.0.0', role: 'all' });
    expect(Config.from(DATABASE, true)).toMatchObject({
      host: '127.0.0.1',
      allowPrivateProviders: true,
    });
  });

  it.each([
    [{ DATABASE_URL: '' }, 'DATABASE_URL is not set.'],
    [
      { DATABASE_URL: 'mysql://secret@x' },
      'DATABASE_URL must be a URL that starts with postgres://',
    ],
    [{ PORT: '70000' }, 'PORT must be a whole number from 0 to 65535, not "70000".'],
    [
      { DATABASE_WAIT_MS: '50' },
      'DATABASE_WAIT_MS must be a whole number from 100 to 60000, not "50".',
    ],
    [{ ROLE: 'boss' }, 'ROLE must be one of all, api, worker, not "boss".'],
    [{ ADMIN_API_KEY: 'short' }, 'ADMIN_API_KEY must have at least 16 characters.'],
    [{ ALLOW_PRIVATE_PROVIDERS: '1' }, 'ALLOW_PRIVATE_PROVIDERS must be true or false, not "1".'],
    [{ ENCRYPTION_KEY: 'c2hvcnQ=' }, /^ENCRYPTION_KEY must be 32 random bytes(?!.*c2hvcnQ)/],
    [{ ENCRYPTION_KEY: `${KEY},` }, 'or several of them separated by commas.'],
    [
      { CERTIFICATION_SCHEDULE: 'yes' },
      'CERTIFICATION_SCHEDULE must be one of off, on, not "yes".',
    ],
    [
      { METRICS_RAW_DAYS: '8', METRICS_ROLLUP_DAYS: '7' },
      'METRICS_ROLLUP_DAYS must be at least METRICS_RAW_DAYS.',
    ],
    [
      { CERTIFICATION_DAILY_BUDGET_USD: '-1' },
      'CERTIFICATION_DAILY_BUDGET_USD must be a number from 0 to 1000000, not "-1".',
    ],
    [
      { CERTIFICATION_DAILY_BUDGET_USD: 'much' },
      'CERTIFICATION_DAILY_BUDGET_USD must be a number from 0 to 1000000, not "much".',
    ],
  ])('refuses %j in a sentence', (env, sentence) => {
    expect(() => Config.from({ ...DATABASE, ...env })).toThrow(sentence);
  });

  it('takes one encryption key or several', () => {
    const keysOf = (key: string) =>
      Config.from({ ...DATABASE, ENCRYPTION_KEY: key }).encryptionKeys;
    expect(keysOf('')).toEqual([]);
    expect(keysOf(KEY)).toEqual([Buffer.alloc(32, 7)]);
    expect(keysOf(`${KEY} , ${KEY.replace('=', '')}`)).toHaveLength(2);
  });

  it('schedules nothing unless it is told to, and has no budget unless it is given one', () => {
    expect(Config.from(DATABASE).certificationSchedule).toEqual({
      ...{ on: false, seconds: 300, dailyBudgetUsd: null },
    });
    const set = { CERTIFICATION_SCHEDULE: 'on', CERTIFICATION_DAILY_BUDGET_USD: '2.5' };
    expect(Config.from({ ...DATABASE, ...set }).certificationSchedule).toMatchObject({
      ...{ on: true, dailyBudgetUsd: 2.5 },
    });
    const none = { CERTIFICATION_DAILY_BUDGET_USD: '0' };
    expect(Config.from({ ...DATABASE, ...none }).certificationSchedule.dailyBudgetUsd).toBeNull();
  });

  it('finds the key of a provider by its slug', () => {
    const config = Config.from({ ...DATABASE, MY_VLLM_API_KEY: 'k' });
    expect(config.providerApiKey('my-vllm')).toBe('k');
    expect(config.providerApiKey('other')).toBeNull();
  });

  it('gives no provider a key of the service itself', () => {
    const keys = { ADMIN_API_KEY: 'a'.repeat(20), MODEL_CATALOG_API_KEY: 'b' };
    const config = Config.from({ ...DATABASE, ...keys });
    expect([config.providerApiKey('admin'), config.providerApiKey('model-catalog')]).toEqual([
      null,
      null,
    ]);
  });

  describe('in production', () => {
    const random = randomBytes(32).toString('base64');
    const safe = {
      ...DATABASE,
      NODE_ENV: 'production',
      REDIS_URL: 'redis://localhost',
      ENCRYPTION_KEY: random,
      ADMIN_API_KEY: randomBytes(32).toString('base64'),
    };

    it('takes settings that are safe', () => {
      expect(Config.from(safe)).toMatchObject({ production: true, risks: [] });
      expect(Config.from({ ...safe, ADMIN_API_KEY: '' }).adminApiKey).toBeNull();
    });

    it.each([
      [{ REDIS_URL: '' }, 'REDIS_URL must be set when NODE_ENV is production.'],
      [
        { ENCRYPTION_KEY: '' },
        'ENCRYPTION_KEY must be set when NODE_ENV is production: 32 random bytes in base64, as made by openssl',
      ],
      [{ ENCRYPTION_KEY: KEY }, 'ENCRYPTION_KEY is not random, which it must be in production'],
      [{ ENCRYPTION_KEY: `${random},${KEY}` }, 'ENCRYPTION_KEY is not random'],
    ])('refuses %j in a sentence', (env, sentence) => {
      expect(() => Config.from({ ...safe, ...env })).toThrow(sentence);
      expect(() => Config.from({ ...safe, ...env, NODE_ENV: 'test' })).not.toThrow();
    });

    it.each([
      ...[
        'at-least-16-characters',
        'change-me-change-me',
        'ChangeMe1234567890',
        '1212121212121212',
      ],
      ...['demo_3q2-7wAAAAAAAAAAAAAA', 'test-admin-key-0123456789', 'an-example-of-a-key'],
    ])('refuses the admin key %s, without repeating it', (key) => {
      expect(() => Config.from({ ...safe, ADMIN_API_KEY: key })).toThrow(
        /^ADMIN_API_KEY is an example or easily guessed: make one with openssl rand -base64 32\.$/,
      );
    });

    it('refuses the embedded database', () => {
      expect(() => Config.from(safe, true)).toThrow('DATABASE_URL must be set when NODE_ENV is');
    });

    it.each([
      [{ ALLOW_PRIVATE_PROVIDERS: 'true' }, /^ALLOW_PRIVATE_PROVIDERS is true: /],
      [{ CERTIFICATION_SCHEDULE: 'on' }, /^CERTIFICATION_SCHEDULE is on without /],
    ])('warns of %j', (env, sentence) => {
      expect(Config.from({ ...safe, ...env }).risks).toEqual([expect.stringMatching(sentence)]);
      expect(Config.from({ ...safe, ...env, NODE_ENV: '' }).risks).toEqual([]);
    });
  });
});
