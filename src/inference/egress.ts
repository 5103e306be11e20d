import { pipeline, type Duplex, type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { Agent, request, type Dispatcher } from 'undici';
import { allowedUrl, guardLookup, type Resolve } from './address-guard.js';
import { Deadline } from './deadline.js';
import { InferenceError } from './inference-error.js';
import { networkFault } from './network-errors.js';

const MAX_BODY_BYTES = 8 * 1024 * 1024;
const TIMEOUTS = { connectMs: 5_000, firstByteMs: 30_000, totalMs: 60_000 };
const NO_BODY = [204, 205];

const DECOMPRESSORS: Readonly<Record<string, () => Duplex>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

export interface EgressOptions {
  /** Whether private and local addresses may be called. */
  readonly allowPrivate: boolean;
  readonly timeouts?: Partial<typeof TIMEOUTS>;
  /** Looks names up in place of DNS. */
  readonly resolve?: Resolve;
}

export interface EgressMessage {
  readonly method: 'POST' | 'GET';
  readonly headers: Readonly<Record<string, string>>;
  /** Left out with GET. */
  readonly body?: string | Uint8Array;
}

export interface EgressCall {
  readonly signal: AbortSignal;
  /** Whether the answer comes in pieces; a whole one may use all its time before the first byte. */
  readonly streamed: boolean;
  /** Time for the whole call; 60 s when not given. */
  readonly totalMs?: number;
}

/**
 * The only way out to providers: one pool of connections per origin, time limits, a size limit, no
 * redirects, no proxies, no private addresses unless allowed.
 */
export class Egress {
  private readonly agent: Agent;
  private readonly timeouts: typeof TIMEOUTS;
  private readonly allowPrivate: boolean;

  constructor(options: EgressOptions) {
    this.allowPrivate = options.allowPrivate;
    this.timeouts = { ...TIMEOUTS, ...options.timeouts };
    this.agent = new Agent({
      // Deadline keeps both limits: undici's timers are half a second coarse.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: {
        timeout: this.timeouts.connectMs,
        ...(options.allowPrivate ? {} : { lookup: guardLookup(options.resolve) }),
      },
    });
  }

  /**
   * Sends one message and answers as soon as the headers are there, whatever the status.
   *
   * @throws InferenceError for everything that is not an answer of the addressed host; reading the
   * body fails with one too. Cancelling the body ends the request.
   */
  async fetch(address: string, message: EgressMessage, call: EgressCall): Promise<Response> {
    const url = allowedUrl(address, this.allowPrivate);
    const totalMs = call.totalMs ?? this.timeouts.totalMs;
    const firstByteMs = call.streamed ? this.timeouts.firstByteMs : null;
    const deadline = new Deadline(call.signal, { firstByteMs, totalMs }, url.host);
    try {
      const answer = await request(url, {
        method: message.method,
        body: message.body ?? null,
        // A compressing proxy would hold back the small events of a stream.
        headers: { ...message.headers, 'accept-encoding': 'identity' },
        dispatcher: this.agent,
        signal: deadline.signal,
      });
      deadline.begun();
      return toResponse(answer, url, deadline);
    } catch (error) {
      deadline.end();
      throw networkFault(error, url.host);
    }
  }

  /** Ends all connections, those in use too. */
  async close(): Promise<void> {
    await this.agent.destroy();
  }
}

function toResponse(answer: Dispatcher.ResponseData, url: URL, deadline: Deadline): Response {
  const { statusCode: status, body } = answer;
  body.on('error', () => undefined); // without a listener, destroying it would end the process
  const headers = toHeaders(answer.headers);
  const fault = statusFault(status, headers, url);
  const encoding = headers.get('content-encoding')?.trim().toLowerCase() ?? 'identity';
  const decompress = DECOMPRESSORS[encoding];
  if (fault !== null || (decompress === undefined && !['identity', ''].includes(encoding))) {
    body.destroy();
    throw fault ?? protocolError(`${url.host} answered in an encoding it was not asked for.`);
  }
  if (NO_BODY.includes(status)) {
    body.destroy();
    deadline.end();
    return new Response(null, { status, headers });
  }
  const source = decompress === undefined ? body : pipeline(body, decompress(), () => undefined);
  return new Response(limited(source, url.host, deadline), { status, headers });
}

function statusFault(status: number, headers: Headers, url: URL): InferenceError | null {
  if (status >= 300 && status < 400) {
    const location = headers.get('location') ?? '';
    const host = URL.canParse(location, url.href)
      ? new URL(location, url.href).host
      : 'another address';
    return new InferenceError(
      'CONFIGURATION_ERROR',
      `${url.host} redirects to ${host}; redirects are not followed, so enter the final address.`,
      { status },
    );
  }
  return status > 599 ? protocolError(`${url.host} answered with status ${String(status)}.`) : null;
}

/** Passes bytes on as they arrive, up to the limit. */
function limited(source: Readable, host: string, deadline: Deadline): ReadableStream<Uint8Array> {
  let size = 0;
  let open = true;
  const close = (): void => {
    open = false;
    deadline.end();
  };
  return new ReadableStream({
    start(out) {
      source.on('data', (bytes: Buffer) => {
        if (!open) return;
        size += bytes.length;
        if (size <= MAX_BODY_BYTES) out.enqueue(bytes);
        else source.destroy(tooLarge(host));
      });
      source.on('end', () => {
        if (open) out.close();
        close();
      });
      source.on('error', (error) => {
        if (open) out.error(networkFault(error, host));
        close();
      });
    },
    cancel() {
      close();
      source.destroy();
    },
  });
}

function toHeaders(raw: Dispatcher.ResponseData['headers']): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(raw)) {
    for (const item of [value ?? []].flat()) headers.append(name, item);
  }
  return headers;
}

function tooLarge(host: string): InferenceError {
  return new InferenceError(
    'PROTOCOL_ERROR',
    `${host} answered with more than ${String(MAX_BODY_BYTES / 1024 / 1024)} MB.`,
    { code: 'RESPONSE_TOO_LARGE' },
  );
}

function protocolError(message: string): InferenceError {
  return new InferenceError('PROTOCOL_ERROR', message);
}
