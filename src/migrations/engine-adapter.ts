import { randomBytes } from 'node:crypto';
import { PrismaPg } from '@prisma/adapter-pg';
import {
  ColumnTypeEnum,
  DriverAdapterError,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
  type SqlQuery,
} from '@prisma/driver-adapter-utils';
import pg from 'pg';
import { type ConnectionParts, openConnection } from './connection.js';

const CHAR_OID = 18; // "char", the one-byte type of PostgreSQL's catalog
const CHAR_ARRAY_OID = 1002;

/**
 * What the schema engine speaks to PostgreSQL through: `@prisma/adapter-pg`, with the three things
 * corrected that it does not do as the engine needs them.
 */
export class EngineAdapterFactory implements SqlMigrationAwareDriverAdapterFactory {
  readonly provider = 'postgres';
  readonly adapterName = '@prisma/adapter-pg';
  /** PostgreSQL's own answer to the last script that failed; the engine rewords it. */
  scriptError: Error | undefined;

  private readonly shadows: { database: string; connection?: pg.Pool }[] = [];

  constructor(
    private readonly parts: ConnectionParts,
    private readonly connection: pg.Pool,
  ) {}

  connect(): Promise<SqlDriverAdapter> {
    return this.adapterOver(this.connection);
  }

  /**
   * An empty database to replay migrations in. The adapter's own one is the real database when it
   * was given a connection string, and stays behind after use, since it is dropped before its
   * connections are closed.
   */
  async connectToShadowDb(): Promise<SqlDriverAdapter> {
    const database = `model_catalog_shadow_${randomBytes(8).toString('hex')}`;
    try {
      // template1 may hold tables of its own, and cannot be copied while somebody is connected to it.
      await this.connection.query(`CREATE DATABASE "${database}" TEMPLATE template0`);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`The shadow database cannot be created: ${reason}`);
    }
    const shadow: { database: string; connection?: pg.Pool } = { database };
    this.shadows.push(shadow);
    shadow.connection = await openConnection({ ...this.parts, database });
    return this.adapterOver(shadow.connection);
  }

  /** Drops every shadow database. */
  async close(): Promise<void> {
    for (const { database, connection } of this.shadows.splice(0)) {
      await connection?.end();
      // The server may still be busy with our farewell; FORCE does not wait for it.
      await this.connection.query(`DROP DATABASE "${database}" WITH (FORCE)`);
    }
  }

  private async adapterOver(connection: pg.Pool): Promise<SqlDriverAdapter> {
    const adapter = await new PrismaPg(withCharAsArray(connection)).connect();
    return {
      provider: adapter.provider,
      adapterName: adapter.adapterName,
      queryRaw: async (query: SqlQuery) => {
        const result = await adapter.queryRaw(query);
        return { ...result, columnTypes: result.columnTypes.map(arrayAsChar) };
      },
      executeRaw: (query) => adapter.executeRaw(query),
      executeScript: (script) => this.executeScript(connection, script),
      startTransaction: (isolationLevel) => adapter.startTransaction(isolationLevel),
      getConnectionInfo: () => adapter.getConnectionInfo(),
      // Whoever opened the connection closes it.
      dispose: () => Promise.resolve(),
    };
  }

  /**
   * Sends a script whole, as the native engine does: PostgreSQL then runs it as one transaction.
   * The adapter's own version cuts it at every semicolon, also inside strings and comments, and
   * keeps the first half of a script that fails.
   */
  private async executeScript(connection: pg.Pool, script: string): Promise<void> {
    try {
      await connection.query(script);
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) throw error;
      this.scriptError = error;
      throw new DriverAdapterError({
        kind: 'postgres',
        code: error.code ?? 'N/A',
        severity: error.severity ?? 'N/A',
        message: error.message,
        detail: error.detail,
        column: error.column,
        hint: error.hint,
      });
    }
  }
}

/**
 * The adapter refuses results with the type "char", which the engine reads from the catalog and
 * accepts as nothing but a character. Shown as its array, which the catalog queries never return,
 * it passes the adapter and is told apart behind it.
 */
function withCharAsArray(connection: pg.Pool): pg.Pool {
  return new Proxy(connection, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property);
      if (property === 'query') {
        return async (query: pg.QueryArrayConfig) => {
          const result = await target.query(query);
          for (const field of result.fields) {
            if (field.dataTypeID === CHAR_OID) field.dataTypeID = CHAR_ARRAY_OID;
          }
          return result;
        };
      }
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

function arrayAsChar<T>(type: T): T | typeof ColumnTypeEnum.Character {
  return type === ColumnTypeEnum.CharacterArray ? ColumnTypeEnum.Character : type;
}
