import { setTimeout as sleep } from 'node:timers/promises';

import createClient, { type Client } from 'openapi-fetch';

import type { paths } from '../../docs/api/openapi.js';
import { errorCode } from '../shared/error-code.js';
import { isObject } from '../shared/json.js';
import { passes, Refusal, Unreachable } from './failure.js';
import { oneLine } from './plain-text.js';
import { Until } from './until.js';

/** No answer to a plain request takes so long. */
const ANSWER_MS = 30_000;

/** Before anything was accepted, a server that is away is told of soon. */
const FIRST_MS = 2_000;
/** While runs are under way, it may be away for longer than a restart takes. */
export const AWAY_MS = 120_000;
/** Between two tries. */
export const PAUSE_MS = 1_000;

/** Sends one request, which ends when the signal is aborted. */
type Send<T> = (
  api: Client<paths>,
  until: AbortSignal,
) => Promise<{ data?: T; error?: unknown; response: Response }>;

/** The REST API, its faults told in one sentence that names no key. */
export class CatalogueClient {
  private readonly api: Client<paths>;

  constructor(
    readonly url: string,
    key: string | null,
  ) {
    this.api = createClient<paths>({
      baseUrl: url,
      // A redirected POST would arrive as a GET.
      redirect: 'manual',
      ...(key !== null && { headers: { authorization: `Bearer ${key}` } }),
    });
  }

  /**
   * Asks until it is answered. For requests that may be repeated: every one is.
   * @param patienceMs how long a server that is away is waited for
   * @throws Refusal, Unreachable; the signal's reason once it is aborted
   */
  async ask<T>(send: Send<T>, signal: AbortSignal, patienceMs = FIRST_MS): Promise<T> {
    const end = performance.now() + patienceMs;
    for (;;) {
      try {
        return await this.once(send, signal);
      } catch (error) {
        if (!passes(error) || performance.now() > end) throw error;
      }
      await sleep(PAUSE_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }

  /** Asks once. @throws as `ask` does */
  async once<T>(send: Send<T>, signal: AbortSignal): Promise<T> {
    const until = new Until(signal, ANSWER_MS);
    try {
      return await until.outcomeOf(this.open(send, signal, until.signal));
    } finally {
      until.end();
    }
  }

  /**
   * Asks for an answer that may stay open.
   * @param until ends the request; the signal does too where it is part of it
   * @throws as `ask` does
   */
  async open<T>(send: Send<T>, signal: AbortSignal, until: AbortSignal): Promise<T> {
    const { data, error, response } = await send(this.api, until).catch((reason: unknown) => {
      signal.throwIfAborted();
      throw new Unreachable(`${this.url} ${whyNot(reason)}.`);
    });
    if (response.ok && data !== undefined) return data;
    throw new Refusal(response.status, `${this.url} answers: ${sentenceOf(response, error)}`);
  }
}

function sentenceOf({ status }: Response, problem: unknown): string {
  const detail = isObject(problem) && typeof problem.detail === 'string' ? problem.detail : null;
  const told = detail === null ? `status ${status}.` : oneLine(detail);
  return status === 401 ? `${told} (MODEL_CATALOG_API_KEY or --key)` : told;
}

function whyNot(reason: unknown): string {
  if (reason instanceof SyntaxError) return 'answers with something that is no catalogue’s';
  if (reason instanceof Error && reason.name === 'TimeoutError') return 'does not answer';
  const code = codeOf(reason);
  return `cannot be reached${code === null ? '' : ` (${code})`}`;
}

/** Of the error below fetch's own, which only says that it failed. */
function codeOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  return errorCode(error) ?? codeOf(error.cause);
}
