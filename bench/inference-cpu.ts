import { Pool, type Dispatcher } from 'undici';

import type { AuthorizedTarget, InferenceRequest } from '../src/inference/adapter.js';
import { Adapters } from '../src/inference/adapters.js';
import { collect } from '../src/inference/collect.js';
import { Egress } from '../src/inference/egress.js';
import type { Bench } from './support/bench.js';
import { alternate } from './support/load.js';
import { measured, type Row } from './support/table.js';

const CALLS = 2_000;
const AT_ONCE = 64;
const ANSWER_MS = 20;
const TOKEN = 'falcon-4821';

/** CPU of a streamed call through an adapter against undici that reads the same events. */
export async function inferenceCpu(bench: Bench): Promise<Row[]> {
  const provider = await bench.baseline('provider.ts', { answerMs: ANSWER_MS });
  const egress = new Egress({ allowPrivate: true });
  const pool = new Pool(provider.url, { connections: AT_ONCE });
  const target: AuthorizedTarget = {
    providerSlug: 'bench',
    authType: null,
    baseUrl: provider.url,
    modelId: 'bench-1',
    region: 'global',
    apiVersion: null,
    credentials: { kind: 'none' },
  };
  const adapter = await new Adapters(egress).for(target).load();
  const request: InferenceRequest = {
    messages: [{ role: 'user', content: `Reply with exactly this token: ${TOKEN}` }],
    maxOutputTokens: 256,
  };
  const { signal } = new AbortController();
  const { ours, baseline } = await alternate(
    bench.quick ? 3 : 9,
    () => cpuOf(async () => (await collect(adapter.stream(target, request, signal))).text),
    () => cpuOf(() => streamDirectly(pool)),
  );
  await Promise.all([egress.close(), pool.close()]);
  return [
    measured({
      figure: `CPU of ${CALLS.toLocaleString('en')} streamed calls, ${AT_ONCE} at once ÷ undici alone, reading the same events`,
      target: { atMost: 1.3 },
      ours,
      baseline,
      unit: 'ms',
    }),
  ];
}

/** User and system time of this process for all calls, in milliseconds. */
async function cpuOf(call: () => Promise<string>): Promise<number> {
  const before = process.cpuUsage();
  let left = CALLS;
  const lane = async () => {
    while (left-- > 0) {
      if (!(await call()).includes(TOKEN)) throw new Error('Another text came.');
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/** Sends the same body by undici, and joins the text of the events it parses. */
async function streamDirectly(pool: Dispatcher): Promise<string> {
  const { body } = await pool.request({
    path: '/chat/completions',
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({
      model: 'bench-1',
      messages: [{ role: 'user', content: `Reply with exactly this token: ${TOKEN}` }],
      max_tokens: 256,
      stream: true,
      stream_options: { include_usage: true },
    }),
  });
  let rest = '';
  let text = '';
  const decoder = new TextDecoder();
  for await (const bytes of body) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.startsWith('data: {')) text += textOf(line.slice(6));
    }
  }
  return text;
}

interface Event {
  readonly choices?: readonly { readonly delta?: { readonly content?: string | null } }[];
}

function textOf(data: string): string {
  const event: Event = JSON.parse(data);
  return event.choices?.[0]?.delta?.content ?? '';
}
