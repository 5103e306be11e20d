import { query } from './system-postgres.js';

/**
 * Makes a database as the application before the catalogue left it: its tables with keys between
 * them, enumerated types whose names the catalogue uses, too, the history of its migrations, rows
 * with everything that is easily spoilt, and besides a table, a view and a function of strangers.
 */
export async function makeOldDatabase(url: string): Promise<void> {
  await query(url, TABLES);
  await query(url, ROWS);
  await query(url, STRANGERS);
}

/** The old tables, in the order in which they have to go. */
export const OLD_NAMES = [
  ...['job_certifications', 'certification_jobs', 'model_certifications'],
  ...['model_certifications_legacy', 'messages', 'chats', 'api_call_logs'],
  ...['user_provider_credentials', 'provider_credential_validations', 'user_settings', 'users'],
  ...['ai_models', 'ai_providers', 'logs'],
];

const TABLES = `
  CREATE TYPE "CertificationStatus" AS ENUM ('PENDING', 'PASSED', 'quality "warning"');
  CREATE TYPE "Role" AS ENUM ('user', 'assistant');
  CREATE TABLE _prisma_migrations (
    id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL, finished_at timestamptz,
    migration_name varchar(255) NOT NULL, logs text, rolled_back_at timestamptz,
    started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count integer NOT NULL DEFAULT 0);
  CREATE TABLE users (
    id text PRIMARY KEY, email text NOT NULL UNIQUE, password text NOT NULL, name text,
    avatar bytea, "createdAt" timestamp(3) NOT NULL DEFAULT now());
  CREATE TABLE user_settings (
    id text PRIMARY KEY, theme text NOT NULL DEFAULT 'light', "awsEnabledModels" text[],
    "userId" text NOT NULL UNIQUE REFERENCES users(id) ON DELETE CASCADE);
  CREATE TABLE ai_providers (id serial PRIMARY KEY, slug text NOT NULL UNIQUE, config jsonb);
  CREATE TABLE ai_models (
    id text PRIMARY KEY, "providerId" integer NOT NULL REFERENCES ai_providers(id),
    name text NOT NULL, "costPer1kInput" numeric, raw json, weights double precision[]);
  CREATE INDEX "ai_models_name_idx" ON ai_models (lower(name));
  CREATE TABLE chats (
    id text PRIMARY KEY, "userId" text NOT NULL REFERENCES users(id) ON DELETE CASCADE, title text);
  CREATE TABLE messages (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, role "Role" NOT NULL, content text NOT NULL,
    "chatId" text NOT NULL REFERENCES chats(id) ON DELETE CASCADE);
  CREATE TABLE certification_jobs (
    id text PRIMARY KEY, status "CertificationStatus" NOT NULL DEFAULT 'PENDING',
    history "CertificationStatus"[]);
  CREATE TABLE model_certifications (
    id text PRIMARY KEY, "modelId" text NOT NULL, status "CertificationStatus", rating real,
    "expiresAt" timestamptz, UNIQUE ("modelId"));
  CREATE TABLE job_certifications (
    "jobId" text REFERENCES certification_jobs(id), "certificationId" text
    REFERENCES model_certifications(id), PRIMARY KEY ("jobId", "certificationId"));
  CREATE TABLE model_certifications_legacy (LIKE model_certifications);
  CREATE TABLE api_call_logs (id text PRIMARY KEY, "userId" text REFERENCES users(id), took interval);
  CREATE TABLE user_provider_credentials (
    id text PRIMARY KEY, "userId" text REFERENCES users(id), secret text);
  CREATE TABLE provider_credential_validations (
    id text PRIMARY KEY, "credentialId" text REFERENCES user_provider_credentials(id));
  CREATE TABLE logs (
    id text PRIMARY KEY, level text, metadata jsonb, error jsonb, address inet, day date);`;

const ROWS = `
  INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at)
    VALUES ('1', 'c', '20250101000000_old_init', now());
  INSERT INTO users VALUES
    ('u1', 'zoë@example.com', '$2b$10$hash', E'tab\\t line\\nfeed return\\r back\\\\slash', '\\x0001ff5c0a'),
    ('u2', 'b@example.com', '', NULL, ''), ('u3', '李@例子.cn', 'x', '👩‍🚀 \u202e عربى', NULL);
  INSERT INTO user_settings VALUES ('s1', 'dark', ARRAY['a', NULL, 'c,"{}\\', ''], 'u1'),
    ('s2', 'light', '{}', 'u2');
  INSERT INTO ai_providers (slug, config) VALUES ('bedrock', '{"a": [1, 2.50, null], "ü": "\\u20ac"}'),
    ('openai', 'null');
  INSERT INTO ai_models VALUES
    ('m1', 1, 'Claude', 0.000000000000000000123456789, '{"b":1,  "a":2, "a":3}', '{1e-300,NaN,-Infinity}'),
    ('m2', 2, '\\.', 12345678901234567890.12345678901234567890, NULL, NULL),
    ('m3', 2, '-- no comment', 'NaN', '[]', '{0.1}');
  INSERT INTO chats VALUES ('c1', 'u1', NULL), ('c2', 'u3', 'COPY users FROM stdin;');
  INSERT INTO messages (role, content, "chatId")
    SELECT 'user', repeat('æ' || n, 3000), 'c1' FROM generate_series(1, 200) AS n;
  INSERT INTO certification_jobs VALUES ('j1', 'quality "warning"', '{PENDING,"quality \\"warning\\""}');
  INSERT INTO model_certifications VALUES ('k1', 'anthropic.claude:0', 'PASSED', 4.1, 'infinity'),
    ('k2', 'orphan', NULL, NULL, '2026-02-09 10:00:00.123456+03');
  INSERT INTO job_certifications VALUES ('j1', 'k1');
  INSERT INTO api_call_logs VALUES ('a1', 'u1', '1 mon -2 days 00:00:00.5');
  INSERT INTO user_provider_credentials VALUES ('p1', 'u1', 'sealed');
  INSERT INTO provider_credential_validations VALUES ('v1', 'p1');
  INSERT INTO logs VALUES ('l1', 'info', '{"x": 1e400}', NULL, '2001:db8::1/64', '0044-03-15 BC');`;

const STRANGERS = `
  CREATE TABLE notes (
    id serial PRIMARY KEY, "chatId" text CONSTRAINT notes_chat REFERENCES chats(id), note text);
  INSERT INTO notes ("chatId", note) VALUES ('c1', 'keep me'), (NULL, 'me too');
  CREATE VIEW user_names AS SELECT id, name FROM users;
  CREATE VIEW short_names AS SELECT left(name, 3) AS name FROM user_names;
  CREATE FUNCTION answer() RETURNS integer LANGUAGE sql AS 'SELECT 42 -- is it?';`;
