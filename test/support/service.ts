import { randomUUID } from 'node:crypto';

import pg from 'pg';
import { inject } from 'vitest';

import { startService, type Service } from '../../src/service.js';
import { Config } from '../../src/shared/config.js';

export const ADMIN_KEY = 'test-admin-key-0123456789';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // The tests look into every shape of answer there is.
  readonly body: Record<string, unknown>;
}

/** A service on a database of its own, and the client that speaks to it. */
export class TestService {
  private constructor(
    readonly service: Service,
    readonly databaseUrl: string,
    readonly database: pg.Pool,
  ) {}

  static async start(env: Record<string, string> = {}): Promise<TestService> {
    const databaseUrl = await newDatabase();
    const redisUrl = inject('redisUrl');
    const config = Config.from({
      DATABASE_URL: databaseUrl,
      ...(redisUrl && { REDIS_URL: redisUrl }),
      PORT: '0',
      HOST: '127.0.0.1',
      LOG_LEVEL: 'silent',
      ADMIN_API_KEY: ADMIN_KEY,
      ALLOW_PRIVATE_PROVIDERS: 'true',
      ...env,
    });
    const service = await startService(config);
    return new TestService(
      service,
      databaseUrl,
      new pg.Pool({ connectionString: databaseUrl, max: 2 }),
    );
  }

  async close(): Promise<void> {
    await this.database.end();
    await this.service.close();
  }

  /** Sends one request with the admin key. */
  async call(method: string, path: string, body?: unknown, key = ADMIN_KEY): Promise<Answer> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(`${this.service.url}${path}`, {
      method,
      headers: {
        ...(key && { authorization: `Bearer ${key}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: text }),
    });
    const answer = await response.text();
    const parsed: unknown = answer === '' ? {} : JSON.parse(answer);
    if (typeof parsed !== 'object' || parsed === null) throw new Error(`Unexpected: ${answer}`);
    return { status: response.status, headers: response.headers, body: { ...parsed } };
  }

  /** Creates a row and gives its id. */
  async create(path: string, body: unknown): Promise<string> {
    const answer = await this.call('POST', path, body);
    if (answer.status !== 201) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
    return String(answer.body.id);
  }
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
