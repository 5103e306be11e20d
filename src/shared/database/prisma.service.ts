import { hash } from 'node:crypto';

import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';

import { PrismaClient, type Prisma } from '../../generated/prisma/client.js';
import { Config } from '../config.js';
import { inTime } from '../in-time.js';
import { connectionTo } from './connection-to.js';
import { mortalSocket } from './mortal-socket.js';

const MAX_STATEMENTS = 500;
/** A server that hangs does not say good-bye. */
const PATIENCE_MS = 2_000;
/** Requests for the same deployment wait for each other: longer than Prisma's 2 s and 5 s. */
const TRANSACTION = { maxWait: 10_000, timeout: 20_000 };
/** Of the connection's slowness. */
const MARGIN_MS = 5_000;

/** The database, shared by every room. Connects on first use. */
@Injectable()
export class PrismaService extends PrismaClient implements OnApplicationShutdown {
  /** For libraries that bring their own SQL. */
  readonly pool: pg.Pool;
  private readonly names: StatementNames;

  constructor(@Inject(Config) { databaseUrl, database }: Pick<Config, 'databaseUrl' | 'database'>) {
    const { poolSize, waitMs, statementMs } = database;
    const pool = new pg.Pool({
      // Columns hold UTC without a zone: now() must mean the same in SQL as in Prisma.
      ...connectionTo(databaseUrl, '-c timezone=UTC'),
      max: poolSize,
      // Who waits for longer is told to come again: waiting on would only make the queue longer.
      connectionTimeoutMillis: waitMs,
      lock_timeout: waitMs,
      statement_timeout: statementMs,
      // Longer than any statement takes, or a transaction may pause.
      stream: () => mortalSocket(Math.max(statementMs, TRANSACTION.timeout) + MARGIN_MS),
      application_name: 'model-catalog',
    });
    const names = new StatementNames();
    super({
      transactionOptions: TRANSACTION,
      adapter: new PrismaPg(pool, {
        disposeExternalPool: true,
        statementNameGenerator: ({ sql }) => names.of(sql),
      }),
    });
    this.pool = pool;
    this.names = names;
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
    const { rows } = await this.pool.query<Row>({ name: this.names.of(text), text, values });
    return rows;
  }

  async onApplicationShutdown(): Promise<void> {
    await inTime(this.$disconnect(), PATIENCE_MS);
  }
}

/** Names by which PostgreSQL keeps statements prepared: each connection keeps its own. */
class StatementNames {
  private readonly names = new Map<string, string>();

  /** Empty, which prepares nothing, once there are very many: lists of any length make new ones. */
  of(text: string): string {
    const known = this.names.get(text);
    if (known !== undefined) return known;
    if (this.names.size >= MAX_STATEMENTS) return '';
    const name = hash('sha1', text);
    this.names.set(text, name);
    return name;
  }
}
