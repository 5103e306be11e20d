import { completion, delta, DONE, json, sse } from './scripted-provider.js';
import type { RecordedRequest, ScriptedAnswer } from './scripted-provider.js';

/** What a model that passes the profile `smoke` answers, after some milliseconds. */
export function plainAnswer({ body }: RecordedRequest, afterMs = 0): ScriptedAnswer {
  const token = nonceIn(body);
  if (!isStreamed(body)) {
    const answer = json(completion({ content: token }));
    return { ...answer, body: [afterMs, ...(answer.body ?? [])] };
  }
  const count = Array.from({ length: 8 }, (_, row) =>
    [1, 2, 3, 4, 5].map((column) => `${row * 5 + column} `).join(''),
  );
  const pieces = [...count, token].flatMap((content) => [delta({ content }), 10]);
  const usage = { prompt_tokens: 20, completion_tokens: 90, total_tokens: 110 };
  return sse([afterMs, ...pieces, delta({}, 'stop'), { ...delta({}), choices: [], usage }, DONE]);
}

/** The words that a probe wants to be answered with; empty: it wants none. */
export function nonceIn(body: unknown): string {
  return /[a-z]+-\d{4}/.exec(JSON.stringify(body))?.[0] ?? '';
}

/** Whether a request asks for a stream. */
export function isStreamed(body: unknown): boolean {
  return typeof body === 'object' && body !== null && Reflect.get(body, 'stream') === true;
}
