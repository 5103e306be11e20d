import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
} from '../../src/embedded/postgres/embedded-postgres.js';

/** A migrated PostgreSQL that a test may kill; behind a door that keeps its port, always at one address. */
export class OwnPostgres {
  private readonly sockets = new Set<Socket>();
  private readonly door: Server;

  private constructor(
    private readonly dataDir: string,
    private server: EmbeddedPostgres,
  ) {
    this.door = createServer((socket) => this.pass(socket));
  }

  /** @param dataDir a directory that is there and empty; left out, a new one */
  static async start(dataDir = newDirectory()): Promise<OwnPostgres> {
    chmodSync(dataDir, 0o755); // PostgreSQL may have to run as another user
    const server = await launch(dataDir);
    const env = { ...process.env, DATABASE_URL: server.url };
    await promisify(execFile)(process.execPath, ['dist/migrations/cli.js', 'migrate'], { env });
    const postgres = new OwnPostgres(dataDir, server);
    await new Promise<void>((resolve) => postgres.door.listen(0, '127.0.0.1', resolve));
    return postgres;
  }

  get url(): string {
    const address = this.door.address();
    if (address === null || typeof address === 'string') throw new Error('The door is closed.');
    const url = new URL(this.server.url);
    url.port = String(address.port);
    return url.href;
  }

  /** Ends the postmaster as a crash would, and all of its connections. */
  async kill(): Promise<void> {
    const [pid] = readFileSync(join(this.server.directory, 'postmaster.pid'), 'utf8').split('\n');
    process.kill(Number(pid), 'SIGKILL');
    await this.server.stop();
    for (const socket of this.sockets) socket.destroy();
  }

  async restart(): Promise<void> {
    this.server = await launch(this.dataDir);
  }

  async close(): Promise<void> {
    this.door.close();
    for (const socket of this.sockets) socket.destroy();
    await this.server.stop();
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  private pass(socket: Socket): void {
    const { host, port } = this.server.connection;
    const inside = connect(port, host);
    for (const [one, other] of [
      [socket, inside],
      [inside, socket],
    ] as const) {
      this.sockets.add(one);
      one
        .on('error', () => other.destroy())
        .on('close', () => {
          other.destroy();
          this.sockets.delete(one);
        });
      one.pipe(other);
    }
  }
}

function newDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'model-catalog-own-'));
}

function launch(dataDir: string): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({ dataDir, database: 'catalog', notice: () => undefined });
}
