import type { Exchange } from '../session/exchange.js';
import type { ProbeSession } from '../session/probe-session.js';
import { basicChat } from './basic-chat.probe.js';
import { fail, pass, type Finding, type Probe } from './probe.js';
import { streaming } from './streaming.probe.js';

/** Token counts are reported and add up. Reads what earlier probes saw: it sends nothing. */
export const usageReporting: Probe = {
  name: 'usageReporting',
  kind: 'other',
  claim: null,
  from: 'smoke',
  repeatable: false,

  attempt(session: ProbeSession): Promise<Finding> {
    const short = session.lastAnswered(basicChat.name);
    const long = session.lastAnswered(streaming.name);
    return Promise.resolve(judge(short, long));
  },
};

function judge(short: Exchange | null, long: Exchange | null): Finding {
  if (!short) {
    return { verdict: 'SKIPPED_DEPENDENCY', message: 'No answer of basicChat to read usage from.' };
  }
  if (!short.usage) return fail('NO_USAGE', 'The plain answer reports no usage.');
  const fault = countFault(short) ?? (long?.usage ? countFault(long) : null);
  if (fault) return fault;
  if (long && !long.usage) return pass(['NO_USAGE_ON_STREAM']);
  const [fewer, more] = [short.usage.inputTokens ?? 0, long?.usage?.inputTokens ?? null];
  if (more !== null && more <= fewer) {
    return fail('INPUT_NOT_COUNTED', `A longer prompt counts ${more} tokens, a shorter ${fewer}.`);
  }
  return pass();
}

function countFault({ label, usage }: Exchange): Finding | null {
  if (!usage) return null;
  const { inputTokens, outputTokens, totalTokens } = usage;
  for (const [name, count] of Object.entries({ inputTokens, outputTokens })) {
    if (count === null || !Number.isInteger(count) || count <= 0) {
      return fail('BAD_USAGE', `${label}: ${name} is ${count ?? 'absent'}.`);
    }
  }
  const sum = (inputTokens ?? 0) + (outputTokens ?? 0);
  if (totalTokens !== null && totalTokens !== sum) {
    return fail('USAGE_DOES_NOT_ADD_UP', `${label}: total is ${totalTokens}, the sum is ${sum}.`);
  }
  return null;
}
