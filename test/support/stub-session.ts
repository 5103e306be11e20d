import { Budget } from '../../src/certification/session/budget.js';
import { ProbeSession } from '../../src/certification/session/probe-session.js';
import { Sender } from '../../src/certification/session/sender.js';
import type { InferenceAnswer, InferenceRequest, Standing } from '../../src/inference/adapter.js';
import { MODEST } from './probe-harness.js';

/** A session without a provider, for answers that no OpenAI-style one gives. */
export function stubSession(
  answer: (request: InferenceRequest) => Partial<InferenceAnswer>,
  standing: () => Promise<Standing | null> = () => Promise.resolve(null),
): ProbeSession {
  const sender = new Sender({
    transport: (request) =>
      Promise.resolve({
        answer: { ...EMPTY, ...answer(request) },
        ...{ firstTokenMs: null, events: null },
      }),
    ...{ hide: (text) => text, signal: new AbortController().signal, backoffMs: 1 },
    budget: new Budget(null, 0, () => 0, MODEST.maxContextWindow),
  });
  return new ProbeSession({
    ...{ capabilities: MODEST, profile: 'standard', sender },
    ...{ standing, rephrase: false, earlier: new Map() },
  });
}

/** An answer that says nothing. */
export const EMPTY: InferenceAnswer = {
  ...{ text: '', reasoning: '', toolCalls: [], stopReason: 'stop', usage: null, model: null },
  ...{ region: null, requestId: null, totalMs: 1, replay: null, raw: null },
};
