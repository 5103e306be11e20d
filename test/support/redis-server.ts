import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** A Redis of a test's own. */
export class RedisServer {
  private constructor(
    readonly port: number,
    private readonly directory: string | null,
    private process: ChildProcess,
  ) {}

  /** @param directory where it appends what it is told to a file; null: started again, it is empty */
  static async start(port: number, directory: string | null = null): Promise<RedisServer> {
    return new RedisServer(port, directory, await launch(port, directory));
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

  /** Starts it again at the same port. */
  async restart(): Promise<void> {
    this.process = await launch(this.port, this.directory);
  }
}

async function launch(port: number, directory: string | null): Promise<ChildProcess> {
  const kept = directory === null ? [] : ['--appendonly', 'yes', '--dir', directory];
  const options = ['--port', String(port), '--databases', '1000', '--save', '', ...kept];
  const server = spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const chunk of server.stdout) {
    if (String(chunk).includes('Ready to accept connections')) break;
  }
  server.stdout.resume();
  return server;
}
