import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** A Redis that keeps nothing on disk: what is started again is empty. */
export class RedisServer {
  private constructor(
    readonly port: number,
    private process: ChildProcess,
  ) {}

  static async start(port: number): Promise<RedisServer> {
    return new RedisServer(port, await launch(port));
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    const ended = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await ended;
  }

  /** Starts it again at the same port, empty. */
  async restart(): Promise<void> {
    this.process = await launch(this.port);
  }
}

async function launch(port: number): Promise<ChildProcess> {
  const options = ['--port', String(port), '--databases', '1000', '--save', ''];
  const server = spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const chunk of server.stdout) {
    if (String(chunk).includes('Ready to accept connections')) break;
  }
  server.stdout.resume();
  return server;
}
