import { mkdirSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Client, escapeIdentifier } from 'pg';
import { errorCode } from '../../shared/error-code.js';
import { installedBinaries, usableBinaries } from './binaries.js';
import { SUPERUSER, openCluster } from './data-directory.js';
import { claim } from './owner.js';
import { choosePlace, fallbackHome, makeFallbackHome, type Place } from './place.js';
import { endOrphan } from './postmaster.js';
import { HOST, startServer, type Server } from './server.js';

/** A PostgreSQL that this process started and alone may stop. */
export interface EmbeddedPostgres {
  /** Connection facts; TCP on 127.0.0.1 only. */
  readonly connection: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly password: string;
    readonly database: string;
  };
  readonly url: string;
  /** True when this start created the cluster. */
  readonly firstStart: boolean;
  /** Where the cluster really lies. */
  readonly directory: string;
  /** Cuts open connections, shuts down and waits for the end; further calls wait for the same. */
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** For example `.data`; the cluster goes to `<dataDir>/postgres`. */
  readonly dataDir: string;
  /** Created when missing. */
  readonly database: string;
  /** Told what a user should know, for example that another directory is used. */
  readonly notice: (sentence: string) => void;
  /** False, for tests, trades the data's safety in a power cut for speed. */
  readonly durable?: boolean;
}

/**
 * Starts the PostgreSQL that npm installed, creating its cluster and database when missing.
 * Rejects with one sentence: not installed, in use by another process, not permitted, or what
 * PostgreSQL itself said.
 */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  try {
    mkdirSync(options.dataDir, { recursive: true });
    const dataDir = realpathSync(resolve(options.dataDir));
    const place = choosePlace(dataDir);
    const home = dirname(place.directory);
    const release = claim(home === dataDir ? home : makeFallbackHome(home));
    try {
      return await start({ ...options, dataDir }, place, release);
    } catch (error) {
      release();
      throw error;
    }
  } catch (error) {
    if (errorCode(error) === undefined || !(error instanceof Error)) throw error;
    throw new Error(`The embedded PostgreSQL cannot start: ${error.message}.`, { cause: error });
  }
}

async function start(
  { dataDir, database, notice, durable = true }: EmbeddedPostgresOptions,
  place: Place,
  release: () => void,
): Promise<EmbeddedPostgres> {
  const { directory, account } = place;
  await endOrphan(directory);
  const native = await usableBinaries(account, () => makeFallbackHome(fallbackHome(dataDir)));
  tellPlaces(notice, dataDir, place, native);
  const cluster = await openCluster({ place, dataDir, native, durable, notice });
  const { password, firstStart } = cluster;
  const logFile = join(dataDir, 'postgres.log');
  const answers = (port: number) => canLogIn({ port, password, directory });
  const server = await startServer({ native, directory, account, logFile, durable, answers });
  const connection = { host: HOST, port: server.port, user: SUPERUSER, password, database };
  try {
    await createDatabase(connection);
  } catch (error) {
    await server.stop();
    throw error;
  }
  const stop = stopper(server, release, (how) =>
    notice(`PostgreSQL (process ${server.pid}) ended unexpectedly (${how}); see ${logFile}.`),
  );
  return { connection, url: urlOf(connection), firstStart, directory, stop };
}

type Connection = EmbeddedPostgres['connection'];

function stopper(server: Server, release: () => void, onSurprise: (how: string) => void) {
  let stopping: Promise<void> | undefined;
  void server.ended.then((how) => {
    if (!stopping) onSurprise(how);
  });
  return () => (stopping ??= server.stop().finally(release));
}

function tellPlaces(
  notice: (sentence: string) => void,
  dataDir: string,
  { directory, account }: Place,
  native: string,
): void {
  const elsewhere: string[] = [];
  if (dirname(directory) !== dataDir) elsewhere.push(`its database lies in ${directory}`);
  if (native !== installedBinaries()) elsewhere.push(`its programs run from a copy in ${native}`);
  if (elsewhere.length === 0) return;
  const user = account ? `as user ${account.name}, because it refuses root` : 'as this user';
  notice(`PostgreSQL runs ${user}: ${elsewhere.join(' and ')}.`);
}

async function canLogIn(options: {
  port: number;
  password: string;
  directory: string;
}): Promise<boolean> {
  const { port, password, directory } = options;
  const connection = { host: HOST, port, user: SUPERUSER, password, database: 'postgres' };
  try {
    await withClient(connection, (client) => client.query('SELECT 1'));
    return true;
  } catch (error) {
    if (errorCode(error) !== '28P01') return false;
    throw new Error(
      `The password in postgres-password is not that of the database in ${directory}: ` +
        'restore the right file, or remove that directory to start with an empty database.',
      { cause: error },
    );
  }
}

function createDatabase(connection: Connection): Promise<void> {
  return withClient({ ...connection, database: 'postgres' }, async (client) => {
    const { database } = connection;
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${escapeIdentifier(database)}`);
  });
}

async function withClient<T>(
  connection: Connection,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new Client({ ...connection, connectionTimeoutMillis: 5_000 });
  // Without a listener, a connection cut by the server would end this process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await use(client);
  } finally {
    await client.end();
  }
}

function urlOf({ user, password, host, port, database }: Connection): string {
  return `postgresql://${user}:${password}@${host}:${port}/${encodeURIComponent(database)}`;
}
