import { isIP } from 'node:net';

import { amount, ConfigError, flag, integer, list, oneOf, url } from './environment.js';
import { risksInProduction, unsafeInProduction } from './production.js';
import { readKeys, WHAT_A_KEY_IS } from './secrets/encryption-keys.js';
import { secretsIn } from './secrets/secrets-in.js';

/** Which parts of the service this process runs. */
export type Role = 'all' | 'api' | 'worker';

const ROLES: readonly Role[] = ['all', 'api', 'worker'];
/** Their variables hold keys of this service itself: a provider by that name would be sent them. */
export const RESERVED_SLUGS: readonly string[] = ['admin', 'model-catalog'];
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/** How certificates are tested again by themselves. */
export interface ScheduleSettings {
  readonly on: boolean;
  /** From one look for due certificates to the next. */
  readonly seconds: number;
  /** What scheduled runs may cost in 24 hours, in US dollars; null: no budget. */
  readonly dailyBudgetUsd: number | null;
}

/** Where traces go. */
export interface TracingSettings {
  /** Base URL of a collector that takes OTLP over HTTP. */
  readonly endpoint: string;
  /** What the service is called in traces. */
  readonly serviceName: string;
}

/** How much of the database one process takes, and how long it waits for it. */
export interface DatabaseSettings {
  /** Connections, besides the few of the queue. */
  readonly poolSize: number;
  /** For a connection, for a lock that another request holds, and for a catalogue read as a whole. */
  readonly waitMs: number;
  /** Longest time of one statement. */
  readonly statementMs: number;
}

/** How long metrics are kept, in days. */
export interface MetricRetention {
  /** The points themselves, once they are summed up. */
  readonly rawDays: number;
  /** What they came to by hours and days. */
  readonly rollupDays: number;
}

/** Every setting of the process, validated. The only code that reads environment variables. */
export class Config {
  readonly production: boolean;
  /** Where the HTTP server listens; port 0 takes a free one. */
  readonly host: string;
  readonly port: number;
  readonly role: Role;
  readonly logLevel: string;
  /** PostgreSQL. */
  readonly databaseUrl: string;
  readonly database: DatabaseSettings;
  /** Redis for the queue; null: the queue lives in PostgreSQL. */
  readonly redisUrl: string | null;
  /** The admin key the operator chose; null: one is made when none exists. */
  readonly adminApiKey: string | null;
  /** What secrets are sealed with: the first seals, all open. Empty: none can be stored. */
  readonly encryptionKeys: readonly Buffer[];
  /** How long an answer may be kept in memory, and a certificate in it outlive its time; 0: not at all. */
  readonly cacheTtlSeconds: number;
  /** How many runs one process carries out at a time. */
  readonly certificationConcurrency: number;
  /** How many runs of one provider are under way at a time, over all processes. */
  readonly providerConcurrency: number;
  /** First wait before a run that came to no verdict is tried again; it grows fourfold. */
  readonly certificationRetrySeconds: number;
  readonly certificationSchedule: ScheduleSettings;
  readonly metricRetention: MetricRetention;
  /** How long one answer may take, unless its call says; a stream has half of it to begin. */
  readonly providerTimeoutSeconds: number;
  /** Null: nothing is traced. */
  readonly tracing: TracingSettings | null;
  /** How long a stopping process still answers, not ready, until nobody sends it requests. */
  readonly shutdownDelaySeconds: number;
  /** Origins whose pages may call the API from a browser: CORS. Empty: none. */
  readonly corsOrigins: readonly string[];
  /** Requests of one caller that one process answers in a minute; 0: no limit. */
  readonly rateLimitPerMinute: number;
  /** How long a request may take to arrive, with its body. */
  readonly requestTimeoutSeconds: number;
  /** Whose `X-Forwarded-For` is believed: of so many proxies in a row, or of these addresses. */
  readonly trustProxy: number | string[] | false;
  /** Whether a provider's address may be private or loopback. */
  readonly allowPrivateProviders: boolean;
  /** How long the table of logs keeps an entry. */
  readonly logRetentionDays: number;
  /** What of the settings nobody else may see: to be taken out of all that is logged. */
  readonly secrets: readonly string[];

  private constructor(
    private readonly env: NodeJS.ProcessEnv,
    embedded: boolean,
  ) {
    this.production = env.NODE_ENV === 'production';
    this.host = env.HOST || (embedded ? '127.0.0.1' : '0.0.0.0');
    this.port = integer(env, 'PORT', 3000, 0, 65_535);
    this.role = oneOf(env, 'ROLE', 'all', ROLES);
    this.logLevel = oneOf(env, 'LOG_LEVEL', embedded ? 'warn' : 'info', LOG_LEVELS);
    this.databaseUrl = url(env, 'DATABASE_URL', ['postgres:', 'postgresql:']);
    this.database = {
      poolSize: integer(env, 'DATABASE_POOL_SIZE', 20, 2, 500),
      waitMs: integer(env, 'DATABASE_WAIT_MS', 1_500, 100, 60_000),
      statementMs: integer(env, 'DATABASE_STATEMENT_MS', 10_000, 100, 600_000),
    };
    this.redisUrl = env.REDIS_URL ? url(env, 'REDIS_URL', ['redis:', 'rediss:']) : null;
    this.adminApiKey = adminKey(env);
    this.encryptionKeys = encryptionKeys(env);
    this.cacheTtlSeconds = integer(env, 'CACHE_TTL_SECONDS', 30, 0, 86_400);
    this.certificationConcurrency = integer(env, 'CERTIFICATION_CONCURRENCY', 16, 1, 256);
    this.providerConcurrency = integer(env, 'CERTIFICATION_PROVIDER_CONCURRENCY', 8, 1, 256);
    this.certificationRetrySeconds = integer(env, 'CERTIFICATION_RETRY_SECONDS', 60, 1, 3_600);
    this.certificationSchedule = scheduleIn(env);
    this.metricRetention = retentionIn(env);
    this.providerTimeoutSeconds = integer(env, 'PROVIDER_TIMEOUT_SECONDS', 60, 1, 3_600);
    this.tracing = tracingIn(env);
    const delay = this.production ? 5 : 0;
    this.shutdownDelaySeconds = integer(env, 'SHUTDOWN_DELAY_SECONDS', delay, 0, 5);
    this.corsOrigins = origins(env);
    this.rateLimitPerMinute = integer(env, 'RATE_LIMIT_PER_MINUTE', 6_000, 0, 10_000_000);
    this.requestTimeoutSeconds = integer(env, 'REQUEST_TIMEOUT_SECONDS', 300, 1, 3_600);
    this.trustProxy = proxies(env);
    this.allowPrivateProviders = flag(env, 'ALLOW_PRIVATE_PROVIDERS', embedded);
    this.logRetentionDays = integer(env, 'LOG_RETENTION_DAYS', 90, 1, 3_650);
    this.secrets = secretsIn(env);
    const fault = this.production ? unsafeInProduction({ ...this, embedded }) : null;
    if (fault !== null) throw new ConfigError(fault);
  }

  /** What of these settings is a risk, a sentence each; outside production nothing is. */
  get risks(): readonly string[] {
    if (!this.production) return [];
    const { on, dailyBudgetUsd } = this.certificationSchedule;
    return risksInProduction({ ...this, hasUnlimitedSchedule: on && dailyBudgetUsd === null });
  }

  /**
   * @param embedded whether the launcher brought the database: decides the defaults of HOST,
   *   LOG_LEVEL and ALLOW_PRIVATE_PROVIDERS
   * @throws ConfigError
   */
  static from(env: NodeJS.ProcessEnv, embedded = false): Config {
    return new Config(env, embedded);
  }

  /** The variable that holds a provider's key: `OPENAI_API_KEY` for the slug `openai`. */
  static apiKeyVariable(slug: string): string {
    return `${slug.toUpperCase().replaceAll('-', '_')}_API_KEY`;
  }

  /** The API key of a provider, by its slug; null: not set, or one that no provider is to see. */
  providerApiKey(slug: string): string | null {
    if (RESERVED_SLUGS.includes(slug)) return null;
    return this.env[Config.apiKeyVariable(slug)] || null;
  }
}

function scheduleIn(env: NodeJS.ProcessEnv): ScheduleSettings {
  return {
    on: oneOf(env, 'CERTIFICATION_SCHEDULE', 'off', ['off', 'on']) === 'on',
    seconds: integer(env, 'CERTIFICATION_SCHEDULE_SECONDS', 300, 1, 86_400),
    dailyBudgetUsd: amount(env, 'CERTIFICATION_DAILY_BUDGET_USD', 1_000_000),
  };
}

function retentionIn(env: NodeJS.ProcessEnv): MetricRetention {
  const rawDays = integer(env, 'METRICS_RAW_DAYS', 30, 1, 3_650);
  const rollupDays = integer(env, 'METRICS_ROLLUP_DAYS', 400, 1, 3_650);
  if (rollupDays >= rawDays) return { rawDays, rollupDays };
  throw new ConfigError('METRICS_ROLLUP_DAYS must be at least METRICS_RAW_DAYS.');
}

function tracingIn(env: NodeJS.ProcessEnv): TracingSettings | null {
  if (!env.OTEL_EXPORTER_OTLP_ENDPOINT) return null;
  return {
    endpoint: url(env, 'OTEL_EXPORTER_OTLP_ENDPOINT', ['http:', 'https:']),
    serviceName: env.OTEL_SERVICE_NAME || 'model-catalog',
  };
}

function origins(env: NodeJS.ProcessEnv): string[] {
  return list(env, 'CORS_ORIGINS').map((one) => {
    // As browsers write it: no path, no slash at the end, no default port.
    if (URL.canParse(one) && new URL(one).origin === one) return one;
    throw new ConfigError(
      `CORS_ORIGINS must be origins such as https://example.com, separated by commas, not "${one}".`,
    );
  });
}

function proxies(env: NodeJS.ProcessEnv): number | string[] | false {
  const [first, ...others] = list(env, 'TRUST_PROXY');
  if (first === undefined || first === '0') return false;
  if (/^\d$/.test(first) && others.length === 0) return Number(first);
  const wrong = [first, ...others].find((one) => !isNetwork(one));
  if (wrong === undefined) return [first, ...others];
  throw new ConfigError(
    'TRUST_PROXY must be how many proxies there are in a row (0 to 9), or their addresses or ' +
      `networks such as 10.0.0.0/8, separated by commas, not "${wrong}".`,
  );
}

function isNetwork(text: string): boolean {
  const [address = '', bits, more] = text.split('/');
  const version = isIP(address);
  if (version === 0 || more !== undefined) return false;
  return (
    bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
  );
}

function adminKey(env: NodeJS.ProcessEnv): string | null {
  const key = env.ADMIN_API_KEY;
  if (!key) return null;
  if (key.length < 16) throw new ConfigError('ADMIN_API_KEY must have at least 16 characters.');
  return key;
}

function encryptionKeys(env: NodeJS.ProcessEnv): readonly Buffer[] {
  if (!env.ENCRYPTION_KEY) return [];
  const keys = readKeys(env.ENCRYPTION_KEY);
  // The value is a secret, so it is not repeated in the message.
  if (!keys) {
    throw new ConfigError(
      `ENCRYPTION_KEY must be ${WHAT_A_KEY_IS}, or several of them separated by commas.`,
    );
  }
  return keys;
}
