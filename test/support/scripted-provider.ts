import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

/** What the provider does with one request. */
export interface ScriptedAnswer {
  /** Default 200. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Nothing is sent before this. */
  readonly after?: Promise<unknown>;
  /** Milliseconds before anything is sent. */
  readonly beforeMs?: number;
  /** Sent one by one; a number is a pause in milliseconds. */
  readonly body?: readonly (string | Uint8Array | number)[];
  /** After the body: end it (default), cut the connection, or stay silent. */
  readonly ending?: 'end' | 'cut' | 'hang';
  /** Never answers, not even with headers. */
  readonly silent?: boolean;
}

export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  /** When it came, by this machine's clock. */
  readonly at: number;
  readonly headers: IncomingMessage['headers'];
  /** Parsed JSON, or undefined when it is none. */
  readonly body: unknown;
  /** Resolves, with the time of the monotonic clock, when the answer is over or its socket closed. */
  readonly closed: Promise<number>;
}

/** One answer for every request, or a choice for each. */
export type Script = ScriptedAnswer | ((request: RecordedRequest, index: number) => ScriptedAnswer);

/** A provider over real HTTP that answers as scripted and remembers what it was asked. */
export class ScriptedProvider {
  readonly requests: RecordedRequest[] = [];
  connections = 0;
  private readonly server: Server;

  private constructor(public script: Script) {
    this.server = createServer((request, response) => void this.serve(request, response));
    this.server.on('connection', () => this.connections++);
  }

  static async start(script: Script = {}): Promise<ScriptedProvider> {
    const provider = new ScriptedProvider(script);
    await new Promise<void>((resolve) => provider.server.listen(0, '127.0.0.1', resolve));
    return provider;
  }

  get port(): number {
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('The server is not up.');
    return address.port;
  }

  /** Base address in the manner of OpenAI's. */
  get url(): string {
    return `http://127.0.0.1:${String(this.port)}/v1`;
  }

  get lastRequest(): RecordedRequest {
    const last = this.requests.at(-1);
    if (last === undefined) throw new Error('Nothing was asked yet.');
    return last;
  }

  /** Cuts all connections, those with a request under way too. */
  cut(): void {
    this.server.closeAllConnections();
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.cut();
    await closed;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const closed = new Promise<number>((resolve) => {
      response.on('close', () => resolve(performance.now()));
    });
    const recorded: RecordedRequest = {
      method: request.method ?? '',
      path: request.url ?? '',
      at: Date.now(),
      headers: request.headers,
      body: parse(await text(request)),
      closed,
    };
    this.requests.push(recorded);
    const { script } = this;
    await play(
      typeof script === 'function' ? script(recorded, this.requests.length - 1) : script,
      response,
    );
  }
}

async function play(answer: ScriptedAnswer, response: ServerResponse): Promise<void> {
  if (answer.silent === true) return;
  await answer.after;
  if (answer.beforeMs !== undefined) await wait(answer.beforeMs);
  response.writeHead(answer.status ?? 200, answer.headers);
  response.flushHeaders();
  for (const piece of answer.body ?? []) {
    if (response.destroyed) return;
    if (typeof piece === 'number') await wait(piece);
    else await new Promise<void>((resolve) => response.write(piece, () => resolve()));
  }
  if (answer.ending === 'cut') response.destroy();
  else if (answer.ending !== 'hang') response.end();
}

async function text(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces).toString();
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** An answer of JSON, or of the text given. */
export function json(
  body: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): ScriptedAnswer {
  const content = typeof body === 'string' ? body : JSON.stringify(body);
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: [content] };
}

/** A stream of events: objects become JSON data, strings are sent as they are, numbers pause. */
export function sse(
  events: readonly (object | string | number)[],
  rest: Pick<ScriptedAnswer, 'headers' | 'ending'> = {},
): ScriptedAnswer {
  return {
    ...rest,
    headers: { 'content-type': 'text/event-stream', ...rest.headers },
    body: events.map((event) =>
      typeof event === 'object' ? `data: ${JSON.stringify(event)}\n\n` : event,
    ),
  };
}

/** Ends a stream as OpenAI does. */
export const DONE = 'data: [DONE]\n\n';

/** A chat completion with one choice. */
export function completion(
  message: object,
  finishReason: string | null = 'stop',
  more: object = {},
): object {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    model: 'scripted-1',
    choices: [
      { index: 0, message: { role: 'assistant', ...message }, finish_reason: finishReason },
    ],
    usage: { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 },
    ...more,
  };
}

/** One event of a streamed completion. */
export function delta(
  content: object,
  finishReason: string | null = null,
  more: object = {},
): object {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    model: 'scripted-1',
    choices: [{ index: 0, delta: content, finish_reason: finishReason }],
    ...more,
  };
}
