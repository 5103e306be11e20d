import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';

import type { FuzzRequest, FuzzRequests } from './fuzz-requests.js';
import { pick, type Random } from '../random.js';

/** What became of the requests. */
export interface Fuzzed {
  readonly sent: number;
  /** How many were answered with each status; `cut`: the connection was closed instead. */
  readonly answered: Record<string, number>;
  /** How many of each kind. */
  readonly kinds: Record<string, number>;
  /** Requests that ended in a 5xx, or in nothing. */
  readonly failures: readonly string[];
}

/** What these answer when a provider fails, or the queue takes longer than 600 ms, is no fault. */
const EXCUSED: readonly (readonly [path: RegExp, statuses: readonly string[]])[] = [
  [/\/(invoke|invocation-targets)(\?|$)/, ['502', '503', '504']],
  [/\/certification-queue\/(pause|resume)(\?|$)/, ['503']],
];
const DEADLINE_MS = 20_000;
/** Of all requests, those that no client library would send. */
const RAW_SHARE = 0.03;

const RAW = [
  'GET /api/v2/models HTTP/1.1\r\nHost: x\r\nA\0B: c\r\n\r\n',
  'GET /api/v2/models HTTP/1.1\r\n\r\n',
  'GET  HTTP/9.9\r\n\r\n',
  'POST /api/v2/models HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'POST /api/v2/models HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
  'POST /api/v2/models HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
  `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
  `GET /api/v2/models HTTP/1.1\r\nHost: x\r\n${'X-A: b\r\n'.repeat(1_900)}\r\n`,
];

/** Sends them, some at a time, and looks at how each ends. */
export class RequestFuzzer {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 16 });
  private readonly answered: Record<string, number> = {};
  private readonly kinds: Record<string, number> = {};
  private readonly failures: string[] = [];
  private sent = 0;

  constructor(
    private readonly url: string,
    private readonly requests: FuzzRequests,
    private readonly random: Random,
  ) {}

  async run(count: number, atOnce = 8): Promise<Fuzzed> {
    let left = count;
    const lane = async () => {
      while (left-- > 0) await this.one();
    };
    await Promise.all(Array.from({ length: atOnce }, lane));
    const { sent, answered, kinds, failures } = this;
    return { sent, answered, kinds, failures };
  }

  close(): void {
    this.agent.destroy();
  }

  private async one(): Promise<void> {
    this.sent++;
    if (this.random() < RAW_SHARE) {
      count(this.kinds, 'raw');
      count(this.answered, await this.raw(pick(this.random, RAW)));
      return;
    }
    const request = this.requests.next();
    for (const kind of request.kinds) count(this.kinds, kind);
    const status = await this.send(request);
    count(this.answered, status);
    const excused = EXCUSED.some(
      ([path, statuses]) => path.test(request.path) && statuses.includes(status),
    );
    if (Number(status) < 500 || status === 'cut' || excused) return;
    const { method, path, headers, body } = request;
    const shown = { method, path, headers, body: body?.slice(0, 500) };
    this.failures.push(`${status} ${JSON.stringify(shown)}`);
  }

  private send({ method, path, headers, body }: FuzzRequest): Promise<string> {
    return new Promise((resolve) => {
      const { agent } = this;
      const sent = httpRequest(`${this.url}${path}`, { method, headers, agent }, (response) => {
        resolve(String(response.statusCode));
        const isStream = response.headers['content-type']?.startsWith('text/event-stream');
        if (isStream) response.destroy();
        else response.resume();
      });
      sent.setTimeout(DEADLINE_MS, () => {
        this.failures.push(`no answer: ${method} ${path}`);
        sent.destroy();
      });
      sent.on('error', () => resolve('cut'));
      sent.end(body);
    });
  }

  private raw(text: string): Promise<string> {
    const { hostname, port } = new URL(this.url);
    return new Promise((resolve) => {
      const socket = connect(Number(port), hostname, () => socket.write(text));
      socket.setTimeout(2_000, () => socket.destroy());
      socket.on('data', (data) => {
        resolve(/^HTTP\/1\.1 (\d{3})/.exec(data.toString())?.[1] ?? 'cut');
        socket.destroy();
      });
      socket.on('error', () => undefined);
      socket.on('close', () => resolve('cut'));
    });
  }
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}
