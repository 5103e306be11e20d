import { createHash } from 'node:crypto';

import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';

import { PrismaClient, type Prisma } from '../../generated/prisma/client.js';
import { Config } from '../config.js';

/** The database, shared by every room. Connects on first use. */
@Injectable()
export class PrismaService extends PrismaClient implements OnApplicationShutdown {
  /** For libraries that bring their own SQL. */
  readonly pool: pg.Pool;
  /** Statements differ by filters and order only, so there are few. */
  private readonly names = new Map<string, string>();

  constructor(config: Config) {
    const pool = new pg.Pool({
      connectionString: config.databaseUrl,
      max: 20,
      connectionTimeoutMillis: 5_000,
      application_name: 'model-catalog',
      // Columns hold UTC without a zone: now() must mean the same in SQL as in Prisma.
      options: '-c timezone=UTC',
    });
    super({
      // Requests for the same deployment wait for each other: longer than Prisma's 2 s and 5 s.
      transactionOptions: { maxWait: 10_000, timeout: 20_000 },
      adapter: new PrismaPg(pool, { disposeExternalPool: true }),
    });
    this.pool = pool;
    // An idle connection that breaks is replaced when the next query needs one.
    const logger = new Logger(PrismaService.name);
    pool.on('error', (error) => logger.warn(`Database connection: ${error.message}`));
  }

  /**
   * Runs a statement that builds its answer itself, as a prepared one and past Prisma's mapping:
   * the way for hot reads. Columns come back as pg maps them.
   */
  async select<Row extends pg.QueryResultRow>(statement: Prisma.Sql): Promise<Row[]> {
    const { text, values } = statement;
    const { rows } = await this.pool.query<Row>({ name: this.nameOf(text), text, values });
    return rows;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.$disconnect();
  }

  private nameOf(text: string): string {
    const known = this.names.get(text);
    if (known) return known;
    const name = createHash('sha1').update(text).digest('hex');
    this.names.set(text, name);
    return name;
  }
}
