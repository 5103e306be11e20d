import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** Where a URL names no port. */
const PORTS: Readonly<Record<string, number>> = { 'postgresql:': 5432, 'redis:': 6379 };

/** Stands between a client and a server, to take the server away and bring it back. */
export class TcpProxy {
  private readonly sockets = new Set<Socket>();
  private readonly lost = new Set<Socket>();
  private state: 'open' | 'silent' | 'closed' = 'open';
  private delayMs = 0;

  private constructor(
    private readonly server: Server,
    /** Leads to the target, through here. */
    readonly url: string,
  ) {}

  /** @param target the URL of a PostgreSQL or a Redis */
  static async before(target: string): Promise<TcpProxy> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('No port is free.');
    const url = new URL(target);
    const { hostname: host, protocol } = url;
    const port = Number(url.port) || (PORTS[protocol] ?? 0);
    url.hostname = '127.0.0.1';
    url.port = String(address.port);
    const proxy = new TcpProxy(server, url.href);
    server.on('connection', (client) => proxy.join(client, connect({ host, port })));
    return proxy;
  }

  /** What was sent is not answered, and connections stay: a server that hangs. */
  silence(): void {
    this.state = 'silent';
    for (const socket of this.sockets) socket.pause();
  }

  /** The connections there are hear nothing more, not even that they are over; new ones work. */
  lose(): void {
    for (const socket of this.sockets) {
      socket.pause();
      this.lost.add(socket);
    }
    this.sockets.clear();
  }

  /** Connections break, and new ones at once: a server that is gone. */
  cut(): void {
    this.state = 'closed';
    for (const socket of this.sockets) socket.destroy();
  }

  /** What is sent arrives so much later, each way: a server that is far away. */
  delay(milliseconds: number): void {
    this.delayMs = milliseconds;
  }

  /** What was lost stays so, and says it now. */
  restore(): void {
    this.state = 'open';
    for (const socket of this.lost) socket.destroy();
    for (const socket of this.sockets) socket.resume();
  }

  async close(): Promise<void> {
    this.restore();
    this.cut();
    this.server.close();
    await once(this.server, 'close');
  }

  private join(client: Socket, upstream: Socket): void {
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.sockets.add(from);
      from.on('data', (bytes) => {
        if (this.delayMs === 0) to.write(bytes);
        else setTimeout(() => to.write(bytes), this.delayMs);
      });
      from.on('error', () => undefined);
      from.on('close', () => {
        this.sockets.delete(from);
        to.destroy();
      });
      if (this.state === 'silent') from.pause();
      if (this.state === 'closed') from.destroy();
    }
  }
}
