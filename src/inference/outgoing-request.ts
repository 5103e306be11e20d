import type { IncomingHttpHeaders } from 'node:http';
import type { Duplex } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { Dispatcher } from 'undici';
import { Answer, AnswerHeaders } from './answer.js';
import { AnswerBody } from './answer-body.js';
import { Deadline, type Limited, type Limits } from './deadline.js';
import { InferenceError } from './inference-error.js';
import { networkFault } from './network-errors.js';

const MAX_BODY_BYTES = 8 * 1024 * 1024;
const NO_BODY = [204, 205];

const DECOMPRESSORS: Readonly<Record<string, () => Duplex>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/** One request, as undici tells of it: it ends with an answer or a fault, and ends once. */
export class OutgoingRequest implements Dispatcher.DispatchHandler, Limited {
  readonly host: string;
  /** Rejects with InferenceError. */
  readonly answer: Promise<Answer>;
  private readonly deadline: Deadline;
  private resolve!: (answer: Answer) => void;
  private reject!: (fault: InferenceError) => void;
  /** Null: not sent yet. */
  private controller: Dispatcher.DispatchController | null = null;
  /** Null: the answer has not begun. */
  private body: AnswerBody | null = null;
  private unpacker: Duplex | null = null;
  private size = 0;
  private over = false;

  /** @throws InferenceError CANCELLED when the caller has already given up */
  constructor(
    private readonly url: URL,
    caller: AbortSignal,
    limits: Limits,
  ) {
    this.host = url.host;
    this.deadline = new Deadline(caller, limits, this);
    this.answer = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.over) controller.abort(left()); // it failed while its connection was made
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    sent: IncomingHttpHeaders,
  ): void {
    if (this.over || status < 200) return; // an interim answer
    this.deadline.begun();
    const headers = new AnswerHeaders(sent);
    const fault = this.faultIn(status, headers) ?? this.unpack(status, headers);
    if (fault !== null) {
      this.fail(fault);
      return;
    }
    this.body = new AnswerBody(this);
    this.resolve(new Answer(status, headers, this.body));
  }

  onResponseData(controller: Dispatcher.DispatchController, bytes: Uint8Array): void {
    if (this.over) return;
    if (this.unpacker === null) this.receive(bytes);
    else if (!this.unpacker.write(bytes)) controller.pause();
  }

  onResponseEnd(): void {
    if (this.unpacker === null) this.finish();
    else this.unpacker.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.fail(networkFault(error, this.host));
  }

  /** Ends the request at once. */
  fail(fault: InferenceError): void {
    if (this.over) return;
    this.end();
    this.controller?.abort(fault);
    this.unpacker?.destroy();
    if (this.body === null) this.reject(fault);
    else this.body.close({ error: fault });
  }

  /** Ends the request, whose answer nobody wants any more. */
  leave(): void {
    this.fail(left());
  }

  private receive(bytes: Uint8Array): void {
    this.size += bytes.length;
    if (this.size > MAX_BODY_BYTES) this.fail(tooLarge(this.host));
    else this.body?.put(bytes);
  }

  private finish(): void {
    if (this.over) return;
    this.end();
    this.body?.close(null);
  }

  private end(): void {
    this.over = true;
    this.deadline.end();
  }

  private faultIn(status: number, headers: AnswerHeaders): InferenceError | null {
    if (status > 599) return protocolError(`${this.host} answered with status ${String(status)}.`);
    return status >= 300 && status < 400
      ? redirected(status, this.url, headers.get('location') ?? '')
      : null;
  }

  /** Sets up what opens a compressed body; a fault, if nothing can. */
  private unpack(status: number, headers: AnswerHeaders): InferenceError | null {
    const encoding = headers.get('content-encoding')?.trim().toLowerCase() ?? '';
    if (encoding === '' || encoding === 'identity' || NO_BODY.includes(status)) return null;
    const create = Object.hasOwn(DECOMPRESSORS, encoding) ? DECOMPRESSORS[encoding] : undefined;
    if (create === undefined) {
      return protocolError(`${this.host} answered in an encoding it was not asked for.`);
    }
    this.unpacker = create()
      .on('data', (bytes: Uint8Array) => {
        if (!this.over) this.receive(bytes);
      })
      .on('drain', () => this.controller?.resume())
      .on('end', () => this.finish())
      .on('error', (error) => this.fail(networkFault(error, this.host)));
    return null;
  }
}

function redirected(status: number, url: URL, location: string): InferenceError {
  const host = URL.canParse(location, url.href)
    ? new URL(location, url.href).host
    : 'another address';
  return new InferenceError(
    'CONFIGURATION_ERROR',
    `${url.host} redirects to ${host}; redirects are not followed, so enter the final address.`,
    { status },
  );
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

function left(): InferenceError {
  return new InferenceError('CANCELLED', 'The answer was left unread.');
}
