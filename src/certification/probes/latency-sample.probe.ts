import type { ProbeSession, Reply } from '../session/probe-session.js';
import { pass, type Finding, type Probe } from './probe.js';

const SAMPLES = 5;
const OUTPUT_TOKENS = 128;

/** About 250 tokens of the same text for every deployment. */
const PASSAGE = Array.from(
  { length: 14 },
  (_, index) => `Line ${index + 1}: the river runs past the old mill and on towards the harbour.`,
).join('\n');

/** Measures how fast it answers, by a workload of its own. Judges nothing. */
export const latencySample: Probe = {
  name: 'latencySample',
  kind: 'measurement',
  claim: null,
  from: 'standard',
  repeatable: false,

  async attempt(session: ProbeSession): Promise<Finding> {
    await sample(session, 'warm-up');
    const replies: Reply[] = [];
    for (let index = 1; index <= SAMPLES; index++) {
      replies.push(await sample(session, `sample ${index}`));
    }
    const whole = replies.map(({ answer }) => answer.totalMs);
    const first = replies.flatMap(({ firstTokenMs }) =>
      firstTokenMs === null ? [] : [firstTokenMs],
    );
    return pass([], {
      samples: replies.length,
      meanMs: Math.round(whole.reduce((sum, ms) => sum + ms, 0) / whole.length),
      p50Ms: round(median(whole)),
      maxMs: round(Math.max(...whole)),
      ttftP50Ms: first.length > 0 ? round(median(first)) : null,
      ttftMaxMs: first.length > 0 ? round(Math.max(...first)) : null,
      outputTokensPerSecond: tokensPerSecond(replies),
    });
  },
};

/** Unique from its first word on, so that no cache of the provider can answer. */
function sample(session: ProbeSession, label: string): Promise<Reply> {
  const prompt = `${session.nonce()} is the title of this text.\n${PASSAGE}\nSummarise it in three sentences.`;
  return session.capabilities.streaming
    ? session.askStreaming(label, prompt, { outputTokens: OUTPUT_TOKENS })
    : session.ask(label, prompt, { outputTokens: OUTPUT_TOKENS });
}

function tokensPerSecond(replies: readonly Reply[]): number | null {
  const tokens = replies.reduce((sum, { answer }) => sum + (answer.usage?.outputTokens ?? 0), 0);
  const seconds = replies.reduce((sum, { answer }) => sum + answer.totalMs, 0) / 1000;
  return tokens > 0 && seconds > 0 ? round(tokens / seconds) : null;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? 0)) / 2;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
