/** The tables of the old application, in the order in which they go: dependent ones first. */
export const OLD_TABLES = [
  'job_certifications',
  'certification_jobs',
  'model_certifications',
  'model_certifications_legacy',
  'messages',
  'chats',
  'api_call_logs',
  'user_provider_credentials',
  'provider_credential_validations',
  'user_settings',
  'users',
  'ai_models',
  'ai_providers',
  'logs',
] as const;

/** Where Prisma remembers the migrations: the old application's, then the catalogue's. */
export const HISTORY = '_prisma_migrations';

/**
 * As Prisma makes it. Without it, Prisma takes a database with any other table for one whose
 * migrations it must not begin.
 */
export const NEW_HISTORY = `
  CREATE TABLE IF NOT EXISTS ${HISTORY} (
    id VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum VARCHAR(64) NOT NULL,
    finished_at TIMESTAMPTZ,
    migration_name VARCHAR(255) NOT NULL,
    logs TEXT,
    rolled_back_at TIMESTAMPTZ,
    started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count INTEGER NOT NULL DEFAULT 0
  )`;

/**
 * A table that the catalogue has and the old application never had. Where it is, tables like
 * `users` and `logs` are the catalogue's own, under the same names.
 */
export const CATALOGUE_TABLE = 'base_models';
