import type { CertificationProfile } from '../../generated/prisma/client.js';
import type { CapabilitiesDto } from '../../models/capabilities.dto.js';
import type { InferenceError } from '../../inference/inference-error.js';
import { containsNonce } from '../session/nonce.js';
import type { ProbeSession, Reply } from '../session/probe-session.js';
import { limitIn } from './limit-in.js';
import { fail, missing, pass, type Finding, type Probe } from './probe.js';

/** What the profile `standard` verifies, and no more. */
const SMOKE_TOKENS = 8_000;
const OUTPUT_TOKENS = 256;
const OUTPUT_TOKENS_OF_REASONING = 4_096;
/** For the question, and for what providers add to a prompt. */
const RESERVE = 512;
const SHARE_OF_WINDOW = 0.97;
/** The provider counted less than this share: part of the prompt was dropped. */
const LEAST_COUNTED = 0.9;
const SAMPLE_CHARACTERS = 2_000;
const USUAL_CHARACTERS_PER_TOKEN = 4;
const TIMEOUT_MS = 300_000;

const NEEDLES = [
  { colour: 'red', depth: 5 },
  { colour: 'green', depth: 50 },
  { colour: 'blue', depth: 95 },
] as const;

/** Three codes, hidden at the beginning, in the middle and at the end of a long text, are found. */
export const maxContextWindow: Probe = {
  name: 'maxContextWindow',
  kind: 'core',
  claim: 'maxContextWindow',
  from: 'standard',
  repeatable: true,

  estimate: (capabilities, profile) => ({
    inputTokens: 1.1 * targetOf(capabilities, profile) + 1_000,
    outputTokens: 2 * outputOf(capabilities),
  }),

  async attempt(session: ProbeSession): Promise<Finding> {
    const target = targetOf(session.capabilities, session.profile);
    const perToken = await charactersPerToken(session, target);
    const codes = NEEDLES.map((needle) => ({ ...needle, code: session.nonce() }));
    const text = haystack(session.nonce(), Math.floor(target * perToken), codes);
    const { reply, fault } = await session.sendOrFault(
      `${target} tokens`,
      { messages: [{ role: 'user', content: `${text}\n${question(session)}` }] },
      { timeoutMs: TIMEOUT_MS, outputTokens: OUTPUT_TOKENS },
    );
    return fault ? judgeFault(fault, target) : judge(reply, target, codes);
  },
};

/** Input tokens to be tried. */
function targetOf(capabilities: CapabilitiesDto, profile: CertificationProfile): number {
  const { maxContextWindow: declared } = capabilities;
  const room = SHARE_OF_WINDOW * (declared - outputOf(capabilities) - RESERVE);
  const whole = Math.floor(Math.max(room, declared / 2));
  return profile === 'deep' ? whole : Math.min(SMOKE_TOKENS, whole);
}

function outputOf({ reasoning, maxOutputTokens }: CapabilitiesDto): number {
  return Math.min(maxOutputTokens, reasoning ? OUTPUT_TOKENS_OF_REASONING : OUTPUT_TOKENS);
}

/** Of this text, at this model, by its own count. */
async function charactersPerToken(session: ProbeSession, target: number): Promise<number> {
  if (target * USUAL_CHARACTERS_PER_TOKEN < 2 * SAMPLE_CHARACTERS) {
    return USUAL_CHARACTERS_PER_TOKEN;
  }
  const text = `${haystack(session.nonce(), SAMPLE_CHARACTERS, [])}\nReply with OK.`;
  const { answer } = await session.ask('sample of the text', text);
  const counted = answer.usage?.inputTokens ?? 0;
  return counted > 0 ? text.length / counted : USUAL_CHARACTERS_PER_TOKEN;
}

/** Numbered sentences, unique from the first word on, with the needles at their depths in percent. */
function haystack(
  title: string,
  characters: number,
  needles: readonly { colour: string; depth: number; code: string }[],
): string {
  const lines = [`This is the log of ${title}.`];
  const waiting = [...needles];
  let length = 0;
  for (let number = 1; length < characters; number += 1) {
    const [next] = waiting;
    const due = next && length >= (next.depth / 100) * characters;
    const line = due
      ? `The ${next.colour} vault code is ${next.code}.`
      : `Entry ${number}: the river runs past the old mill and on towards the harbour.`;
    if (due) waiting.shift();
    lines.push(line);
    length += line.length + 1;
  }
  return lines.join('\n');
}

function question(session: ProbeSession): string {
  return session.wording(
    'What are the red, green and blue vault codes in this text? Reply with the three codes only.',
    'Three vaults have a code in the text above: red, green, blue. List the three codes.',
  );
}

function judge(
  { answer, text, warnings }: Reply,
  target: number,
  codes: readonly { depth: number; code: string }[],
): Finding {
  const counted = answer.usage?.inputTokens ?? null;
  const metrics = { contextVerifiedTo: counted ?? target };
  if (answer.stopReason === 'context') {
    return missing('CONTEXT_EXCEEDED', `The window was full after ${target} tokens of input.`);
  }
  if (counted !== null && counted < LEAST_COUNTED * target) {
    const message = `About ${target} tokens were sent, the provider counted ${counted}.`;
    return fail('SILENT_TRUNCATION', message, { observedMaxContext: counted });
  }
  const lost = codes.filter(({ code }) => !containsNonce(text, code));
  if (lost.length === 0) return pass(warnings, metrics);
  const [only] = lost;
  if (only && lost.length === 1) return pass([...warnings, `RECALL_${only.depth}`], metrics);
  return fail('NEEDLES_LOST', `${lost.length} of three codes were not found.`);
}

function judgeFault(fault: InferenceError, target: number): Finding {
  if (fault.category === 'RATE_LIMIT' && target > SMOKE_TOKENS) {
    const message = `The account's limit does not let ${target} tokens through: ${fault.message}`;
    return { verdict: 'INCONCLUSIVE_TRANSIENT', reason: 'TPM_BELOW_CONTEXT', message };
  }
  if (fault.category !== 'CONTEXT_LIMIT') throw fault;
  const limit = limitIn(fault.message);
  return limit !== null && limit < target
    ? missing('CONTEXT_BELOW_DECLARED', `The window has ${limit} tokens, fewer than declared.`, {
        observedMaxContext: limit,
      })
    : fail('CONTEXT_REJECTED', fault.message);
}
