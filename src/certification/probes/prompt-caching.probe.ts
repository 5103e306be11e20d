import { randomUUID } from 'node:crypto';

import type { Usage } from '../../inference/adapter.js';
import type { CapabilitiesDto } from '../../models/capabilities.dto.js';
import type { Exchange } from '../session/exchange.js';
import { outputBudget } from '../session/output-limit.js';
import type { ProbeSession } from '../session/probe-session.js';
import { fail, pass, type Finding, type Probe, type ProbeMetrics } from './probe.js';

const CALLS = 3;
/** Two seconds, by the first wait after a fault: a cache needs a moment. */
const PAUSE = 2;
/** The largest minimum of any model (4,096 tokens), and five per cent. */
const PREFIX_TOKENS = 4_301;
/** Few tokenisers make tokens longer than this of English, so the minimum is met. */
const CHARS_PER_TOKEN = 5;
/** What a token has at least, so that the text fits into a small window. */
const LEAST_CHARS_PER_TOKEN = 3;
const LINE = 'The river runs past the old mill and on towards the harbour of the town. ';
/** Cached tokens up to this share of a prompt may be what the provider puts before every one. */
const SHARED_SHARE = 0.1;
/** Left of the window for the question and the answer's frame. */
const ROOM = 300;

/** The same long prompt twice: the second time most of it comes from the provider's cache. */
export const promptCaching: Probe = {
  name: 'promptCaching',
  kind: 'other',
  claim: 'promptCaching',
  from: 'standard',
  repeatable: true,

  async attempt(session: ProbeSession): Promise<Finding> {
    const { prefix, question } = prompt(session);
    const usages: (Usage | null)[] = [];
    const before = session.exchanges.length;
    for (let call = 1; call <= CALLS; call++) {
      if (call > 1) await session.pause(PAUSE);
      const { answer } = await session.send(`call ${call}`, {
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: prefix },
              { type: 'cache_point' },
              { type: 'text', text: question },
            ],
          },
        ],
      });
      usages.push(answer.usage);
      const read = ownRead(answer.usage);
      if (read === 0) continue;
      const isNew = triesIn(session.exchanges.slice(before)) === 1;
      return isNew ? readTooSoon(read) : pass([], metricsOf(usages));
    }
    return notRead(usages);
  },

  async control(session: ProbeSession): Promise<void> {
    const { prefix, question } = prompt(session);
    await session.ask('control: without a cache point', `${prefix}${question}`);
  },
};

/** New from its first word on, so that nothing of it can be in a cache yet. */
function prompt(session: ProbeSession): { prefix: string; question: string } {
  const length = prefixChars(session.capabilities);
  const text = LINE.repeat(Math.ceil(length / LINE.length)).slice(0, length);
  return {
    prefix: `${randomUUID()} is the number of this text. ${text}`,
    question: `\nReply with exactly this token and nothing else: ${session.nonce()}`,
  };
}

function prefixChars(capabilities: CapabilitiesDto): number {
  const room = capabilities.maxContextWindow - outputBudget(capabilities) - ROOM;
  const fitting = Math.max(0, room) * LEAST_CHARS_PER_TOKEN;
  return Math.min(PREFIX_TOKENS * CHARS_PER_TOKEN, fitting);
}

/** Tokens of the prompt itself that came from a cache. */
function ownRead(usage: Usage | null): number {
  const read = usage?.cachedInputTokens ?? 0;
  return read > SHARED_SHARE * (usage?.inputTokens ?? 0) ? read : 0;
}

/** How often something was sent: a try that was not answered may have been cached, too. */
function triesIn(exchanges: readonly Exchange[]): number {
  return exchanges.reduce((tries, { faults }) => tries + faults.length + 1, 0);
}

function readTooSoon(read: number): Finding {
  return fail('READ_BEFORE_WRITE', `${read} tokens of a new text are said to come from a cache.`);
}

/** A cache may miss; one that says each time that it wrote nothing does not cache. */
function notRead(usages: readonly (Usage | null)[]): Finding {
  const metrics = metricsOf(usages);
  if (usages.every((usage) => usage?.cacheWriteTokens === 0)) {
    return fail('NOT_WRITTEN', 'Nothing of a long prompt was written to the cache.', metrics);
  }
  return {
    verdict: 'INCONCLUSIVE_TRANSIENT',
    reason: 'CACHE_MISS',
    message: `No cached tokens were reported in ${usages.length} identical calls.`,
    metrics,
  };
}

function metricsOf(usages: readonly (Usage | null)[]): ProbeMetrics {
  return {
    cacheWriteTokens: usages[0]?.cacheWriteTokens ?? null,
    cachedInputTokens: usages.at(-1)?.cachedInputTokens ?? null,
  };
}
