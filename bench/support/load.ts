import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import autocannon from 'autocannon';

import { KEY } from './children.js';

/** What a server did under load; times in milliseconds. */
export interface Load {
  readonly requests: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

export interface LoadOptions {
  readonly url: string;
  /** Asked in turn. */
  readonly paths: readonly string[];
  readonly connections: number;
  readonly seconds: number;
  /**
   * Milliseconds that a connection rests between an answer and its next request; left out: none. At
   * full load the time of an answer is that of the queue before it.
   */
  readonly restMs?: number;
}

const HEADERS = { authorization: `Bearer ${KEY}` };
const hasWrk = spawnSync('wrk', ['-v']).error === undefined;

/** The program that makes the load. */
export const LOAD_TOOL = hasWrk ? 'wrk, one thread' : 'autocannon';

/**
 * Sends requests as fast as the connections and their rest allow, each waiting for its answer.
 * @throws Error when an answer is not a success
 */
export async function load(options: LoadOptions): Promise<Load> {
  const { result, failed } = await (hasWrk ? withWrk(options) : withAutocannon(options));
  if (failed > 0) throw new Error(`${options.url}: ${failed} of ${result.requests} failed.`);
  return result;
}

/**
 * Measures two servers in turn, so that what disturbs the machine disturbs both: a round that does
 * not count, then `rounds` that do.
 */
export async function alternate<T>(
  rounds: number,
  ours: () => Promise<T>,
  baseline: () => Promise<T>,
): Promise<{ ours: T[]; baseline: T[] }> {
  const results: { ours: T[]; baseline: T[] } = { ours: [], baseline: [] };
  for (let round = 0; round <= rounds; round += 1) {
    const a = await ours();
    const b = await baseline();
    if (round === 0) continue;
    results.ours.push(a);
    results.baseline.push(b);
  }
  return results;
}

interface Outcome {
  readonly result: Load;
  readonly failed: number;
}

async function withWrk(options: LoadOptions): Promise<Outcome> {
  const { url, paths, connections, seconds } = options;
  const directory = mkdtempSync(join(tmpdir(), 'bench-wrk-'));
  try {
    const script = join(directory, 'paths.lua');
    writeFileSync(script, scriptOf(options));
    const { stdout } = await promisify(execFile)('wrk', [
      ...['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '-s', script],
      ...Object.entries(HEADERS).flatMap(([name, value]) => ['-H', `${name}: ${value}`]),
      `${url}${paths[0] ?? ''}`,
    ]);
    return parse(stdout);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** The requests are written once, so that asking in turn costs the load program nothing. */
function scriptOf({ paths, restMs }: LoadOptions): string {
  return `
local paths = { ${paths.map((path) => JSON.stringify(path)).join(', ')} }
local requests = {}
local at = 0
init = function()
  for i, path in ipairs(paths) do requests[i] = wrk.format("GET", path) end
end
request = function()
  at = at % #requests + 1
  return requests[at]
end
${restMs === undefined ? '' : `delay = function() return ${restMs} end`}`;
}

function parse(report: string): Outcome {
  const find = (pattern: RegExp) => pattern.exec(report)?.[1];
  const needed = (pattern: RegExp) => {
    const found = find(pattern);
    if (found === undefined) throw new Error(`wrk said something unexpected:\n${report}`);
    return found;
  };
  const socketErrors = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/
    .exec(report)
    ?.slice(1)
    .reduce((sum, count) => sum + Number(count), 0);
  return {
    failed: Number(find(/Non-2xx or 3xx responses: (\d+)/) ?? 0) + (socketErrors ?? 0),
    result: {
      requests: Number(needed(/(\d+) requests in/)),
      perSecond: Number(needed(/Requests\/sec: +([\d.]+)/)),
      p50: milliseconds(needed(/ 50% +(\S+)/)),
      p99: milliseconds(needed(/ 99% +(\S+)/)),
    },
  };
}

function milliseconds(text: string): number {
  const factor = { us: 0.001, ms: 1, s: 1000, m: 60_000 }[text.replace(/^[\d.]+/, '')];
  if (factor === undefined) throw new Error(`wrk gave a time that cannot be read: ${text}`);
  return Number.parseFloat(text) * factor;
}

async function withAutocannon(options: LoadOptions): Promise<Outcome> {
  const { url, paths, connections, seconds, restMs } = options;
  const rate = restMs === undefined ? {} : { connectionRate: 1_000 / restMs };
  const times: number[] = [];
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const requests = paths.map((path) => ({ path }));
    autocannon(
      { url, connections, duration: seconds, headers: HEADERS, requests, ...rate },
      (error: unknown, done) => (error instanceof Error ? reject(error) : resolve(done)),
    )
      // Its own histogram knows whole milliseconds only.
      .on('response', (_client, _status, _bytes, time) => times.push(time));
  });
  times.sort((a, b) => a - b);
  const percentile = (share: number) => times[Math.floor(times.length * share)] ?? NaN;
  return {
    failed: result.non2xx + result.errors + result.timeouts,
    result: {
      requests: times.length,
      perSecond: times.length / result.duration,
      p50: percentile(0.5),
      p99: percentile(0.99),
    },
  };
}
