import { randomUUID } from 'node:crypto';

import { Redis } from 'ioredis';
import createClient, { type Client } from 'openapi-fetch';
import pg from 'pg';
import { inject } from 'vitest';

import { startService, type Service } from '../../src/service.js';
import { Config } from '../../src/shared/config.js';
import type { paths } from '../../docs/api/openapi.js';
import { Contract, isObject } from './contract.js';
import { ADMIN_KEY, collectLog } from './written-log.js';

export { ADMIN_KEY } from './written-log.js';

collectLog(inject('logFolder'));

/** A busy machine is no busy database: nothing is refused for being slow unless a test is about that. */
export const PATIENT = { DATABASE_WAIT_MS: '15000' };

/** A service that has it can seal secrets and begin sessions. */
export const SEALING = { ENCRYPTION_KEY: Buffer.alloc(32, 1).toString('base64') };

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Empty when the answer is not JSON. */
  readonly body: Record<string, unknown>;
  readonly text: string;
}

type Creatable = '/api/v2/models' | '/api/v2/providers' | '/api/v2/deployments';
type BodyOf<Path extends Creatable> =
  paths[Path]['post']['requestBody']['content']['application/json'];

/** The clients of a running service. Every answer they get is held to its OpenAPI document. */
export class ServiceClient {
  /** For valid requests, with the key given. */
  readonly api: Client<paths>;
  private contract: Promise<Contract> | undefined;

  constructor(
    readonly url: string,
    private readonly key: string,
  ) {
    this.api = createClient<paths>({
      baseUrl: url,
      headers: { authorization: `Bearer ${key}` },
      fetch: (request) => this.send(request),
    });
  }

  /** Sends any request, a bad one too. */
  async call(
    method: string,
    path: string,
    body?: unknown,
    key = this.key,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const request = new Request(`${this.url}${path}`, {
      method,
      headers: {
        ...(key && { authorization: `Bearer ${key}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: text }),
    });
    const response = await this.send(request);
    const answer = await response.text();
    const isJson = answer !== '' && response.headers.get('content-type')?.includes('json');
    const parsed: unknown = isJson ? JSON.parse(answer) : {};
    if (!isObject(parsed)) throw new Error(`Unexpected: ${answer}`);
    const { status, headers: answered } = response;
    return { status, headers: answered, body: { ...parsed }, text: answer };
  }

  /** Creates a row and gives its id. */
  async create<Path extends Creatable>(path: Path, body: BodyOf<Path>): Promise<string> {
    const answer = await this.call('POST', path, body);
    if (answer.status !== 201) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
    return String(answer.body.id);
  }

  private async send(request: Request): Promise<Response> {
    this.contract ??= Contract.of(this.url);
    const response = await fetch(request);
    await (await this.contract).check(request, response);
    return response;
  }
}

/** The body of an answer that must be a success. */
export async function dataOf<T>(
  answer: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<T> {
  const { data, error, response } = await answer;
  if (data !== undefined) return data;
  throw new Error(`${response.url} answered ${response.status}: ${JSON.stringify(error)}`);
}

/** A service on a database of its own, and its clients, with the admin key. */
export class TestService extends ServiceClient {
  private constructor(
    readonly service: Service,
    readonly databaseUrl: string,
    readonly redisUrl: string | null,
    readonly database: pg.Pool,
  ) {
    super(service.url, ADMIN_KEY);
    // An idle connection may break with the server.
    database.on('error', () => undefined);
  }

  static async start(env: Record<string, string> = {}): Promise<TestService> {
    const databaseUrl = env.DATABASE_URL ?? (await newDatabase());
    const redisUrl = await newRedis();
    const config = Config.from({
      DATABASE_URL: databaseUrl,
      ...(redisUrl && { REDIS_URL: redisUrl }),
      PORT: '0',
      HOST: '127.0.0.1',
      LOG_LEVEL: 'debug', // into a file that is searched for secrets in the end
      ADMIN_API_KEY: ADMIN_KEY,
      ALLOW_PRIVATE_PROVIDERS: 'true',
      ...PATIENT,
      RATE_LIMIT_PER_MINUTE: '0',
      ...env,
    });
    const service = await startService(config);
    return new TestService(
      service,
      databaseUrl,
      config.redisUrl,
      new pg.Pool({ connectionString: databaseUrl, max: 2 }),
    );
  }

  async close(): Promise<void> {
    await this.database.end();
    await this.service.close();
  }
}

/** A Redis database of its own: services that share one take each other's wake-ups. */
export async function newRedis(): Promise<string | null> {
  const given = inject('redisUrl');
  // Somebody else's Redis may have few of them.
  if (!given || process.env.REDIS_URL) return given;
  const counter = new Redis(given);
  const url = new URL(given);
  url.pathname = `/${await counter.incr('databases-given')}`;
  counter.disconnect();
  return url.href;
}

export async function newDatabase(): Promise<string> {
  const url = new URL(inject('postgresUrl'));
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const admin = new URL(url);
  admin.pathname = '/postgres';
  const client = new pg.Client({ connectionString: admin.href });
  await client.connect();
  // Two files may copy the template at once; PostgreSQL allows one at a time.
  await client.query('SELECT pg_advisory_lock(1)');
  await client.query(`CREATE DATABASE ${name} TEMPLATE template`);
  await client.end();
  url.pathname = `/${name}`;
  return url.href;
}
