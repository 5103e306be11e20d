import { randomUUID } from 'node:crypto';

import type { InferenceRequest, Usage } from '../../inference/adapter.js';
import type { ProbeSession } from '../session/probe-session.js';
import { fail, pass, type Finding, type Probe } from './probe.js';

/** The most that any provider wants before it caches, and a little more. */
const PREFIX_TOKENS = 4_300;
/** More than any tokeniser makes of one token, so that the prefix is never too short. */
const CHARACTERS_PER_TOKEN = 5.5;
const CALLS = 3;
const BETWEEN_CALLS_MS = 2_000;

/** A long prefix that was sent before is read from the provider's cache. */
export const promptCaching: Probe = {
  name: 'promptCaching',
  kind: 'other',
  claim: 'promptCaching',
  from: 'standard',
  repeatable: false,

  estimate: () => ({ inputTokens: 2 * (CALLS + 1) * PREFIX_TOKENS, outputTokens: 5 * 256 }),

  async attempt(session: ProbeSession): Promise<Finding> {
    const request = cacheable(session);
    const first = await session.send('call 1', request);
    const written = first.answer.usage?.cacheWriteTokens ?? null;
    if (written === 0 && !readsFromCache(first.answer.usage)) {
      return fail('NOT_CACHED', 'The provider reports that it wrote nothing to its cache.');
    }
    for (let call = 2; call <= CALLS; call += 1) {
      await session.wait(BETWEEN_CALLS_MS);
      const { answer, warnings } = await session.send(`call ${call}`, request);
      if (readsFromCache(answer.usage)) {
        return pass(warnings, { cachedInputTokens: answer.usage?.cachedInputTokens ?? null });
      }
    }
    const message = 'No call was answered from the cache; providers promise no hit.';
    return { verdict: 'INCONCLUSIVE_TRANSIENT', reason: 'NO_CACHE_HIT', message };
  },

  async control(session: ProbeSession): Promise<void> {
    await session.ask('control: nothing to cache', `Repeat this code: ${session.nonce()}`);
  },
};

function readsFromCache(usage: Usage | null): boolean {
  return (usage?.cachedInputTokens ?? 0) > 0;
}

function cacheable(session: ProbeSession): InferenceRequest {
  const line = 'The river runs past the old mill and on towards the harbour.\n';
  const lines = Math.ceil((PREFIX_TOKENS * CHARACTERS_PER_TOKEN) / line.length);
  return {
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: `Document ${randomUUID()}\n${line.repeat(lines)}` },
          { type: 'cache_point' },
          { type: 'text', text: `Repeat this code: ${session.nonce()}` },
        ],
      },
    ],
  };
}
