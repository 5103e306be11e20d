import type { CertificationProfile } from '../../generated/prisma/client.js';
import { InferenceError } from '../../inference/inference-error.js';
import type { CapabilitiesDto } from '../../models/capabilities.dto.js';
import { LEAST_OUTPUT_TOKENS, outputBudget } from '../session/output-limit.js';
import type { ProbeSession, Reply, SendOptions } from '../session/probe-session.js';
import { basicChat } from './basic-chat.probe.js';
import { haystack, type Haystack } from './haystack.js';
import { limitIn } from './limit-in.js';
import { fail, missing, pass, type Finding, type Probe } from './probe.js';

/** Share of the room that is filled: counting tokens by characters is not exact. */
const FILL = 0.97;
/** Least share of the wanted input that must have been counted. */
const COUNTED = 0.9;
const MARGIN_TOKENS = 512;
/** So much of a window the profile `standard` fills. */
export const STANDARD_TOKENS = 8_000;
/** So much `deep` does: a longer text would not fit into memory. */
export const DEEP_TOKENS = 2_000_000;
const CALIBRATION_CHARS = 4_000;
/** Bounds of what a token of the filler may have; a provider's count says where between. */
const [LEAST_CHARS, MOST_CHARS] = [2, 6] as const;
/** Rather too many tokens than too few, when none are reported. */
const UNREPORTED_CHARS = 3;
const TIMEOUT_MS = 300_000;

/** Three facts hidden in a text as long as claimed (or, before `deep`, of 8,000 tokens) are found. */
export const maxContextWindow: Probe = {
  name: 'maxContextWindow',
  kind: 'core',
  claim: 'maxContextWindow',
  from: 'standard',
  repeatable: true,

  async attempt(session: ProbeSession): Promise<Finding> {
    const planned = plan(session.capabilities, session.profile);
    const { target, options } = planned;
    const small = haystack(session, Math.min(CALIBRATION_CHARS, target));
    const calibration = await ask(session, 'calibration', small, options);
    if ('verdict' in calibration) return calibration;
    const chars = charsFor(session, target, small.prompt.length, calibration);
    const large = haystack(session, chars);
    try {
      const reply = await ask(session, `about ${target} tokens`, large, options);
      return 'verdict' in reply ? reply : judge(session, planned, large, reply);
    } catch (error) {
      if (!(error instanceof InferenceError) || error.category !== 'RATE_LIMIT') throw error;
      const message = `About ${target} tokens at once are throttled: ${error.message}`;
      return { verdict: 'INCONCLUSIVE_TRANSIENT', reason: 'TPM_BELOW_CONTEXT', message };
    }
  },

  async control(session: ProbeSession): Promise<void> {
    await session.ask('control: a short text', haystack(session, 0).prompt);
  },
};

interface Plan {
  /** Input tokens to fill. */
  readonly target: number;
  /** Whether that is all there is room for. */
  readonly isWhole: boolean;
  readonly options: SendOptions;
}

/** A window too small for the usual answer and margin gives a quarter of itself to each. */
function plan(capabilities: CapabilitiesDto, profile: CertificationProfile): Plan {
  const { maxContextWindow: window } = capabilities;
  const quarter = Math.floor(window / 4);
  const usual = outputBudget(capabilities);
  const answer = Math.max(LEAST_OUTPUT_TOKENS, Math.min(usual, quarter));
  const room = window - answer - Math.min(MARGIN_TOKENS, quarter);
  const full = Math.max(1, Math.floor(FILL * room));
  const most = profile === 'deep' ? DEEP_TOKENS : STANDARD_TOKENS;
  return {
    target: Math.min(most, full),
    isWhole: full <= most,
    options: { timeoutMs: TIMEOUT_MS, ...(answer < usual && { exactOutputTokens: answer }) },
  };
}

/** The reply, or what a refusal of the text's length means. */
async function ask(
  session: ProbeSession,
  label: string,
  { prompt }: Haystack,
  options: SendOptions,
): Promise<Reply | Finding> {
  const { reply, rejection } = await session.sendOrRejection(
    label,
    { messages: [{ role: 'user', content: prompt }] },
    options,
  );
  if (rejection) return refusal(session, rejection);
  const { stopReason, usage } = reply.answer;
  if (stopReason !== 'context') return reply;
  const counted = (usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0);
  return belowDeclared(session, counted > 0 ? counted : null, 'the window was full');
}

function refusal(session: ProbeSession, rejection: InferenceError): Finding {
  const { message } = rejection;
  const observed = limitIn(message);
  if (observed === null) throw rejection;
  return observed < session.capabilities.maxContextWindow
    ? belowDeclared(session, observed, message)
    : { verdict: 'INCONCLUSIVE_TRANSIENT', reason: 'PROMPT_TOO_LONG', message };
}

function belowDeclared(session: ProbeSession, observed: number | null, why: string): Finding {
  const { maxContextWindow: declared } = session.capabilities;
  return missing(
    'WINDOW_BELOW_DECLARED',
    `The window has ${observed ?? 'fewer'} tokens, not ${declared}: ${why}`,
    { contextVerifiedTo: null, observedMaxContext: observed },
  );
}

/**
 * How long a text of `target` tokens is, by the tokens counted for a short one, less the frame that
 * every prompt has: that one shows in the prompt of the first probe.
 */
function charsFor(session: ProbeSession, target: number, chars: number, { answer }: Reply): number {
  const counted = answer.usage?.inputTokens ?? null;
  if (counted === null) return target * UNREPORTED_CHARS;
  const first = session.lastAnswered(basicChat.name);
  const tokens = first?.usage?.inputTokens ?? 0;
  const base = first && tokens < counted ? { chars: first.asked.length, tokens } : NOTHING;
  const perToken = (chars - base.chars) / (counted - base.tokens);
  const bounded = Math.min(MOST_CHARS, Math.max(LEAST_CHARS, perToken));
  return Math.floor(base.chars + (target - base.tokens) * bounded);
}

const NOTHING = { chars: 0, tokens: 0 } as const;

function judge(
  session: ProbeSession,
  { target, isWhole }: Plan,
  text: Haystack,
  reply: Reply,
): Finding {
  const counted = reply.answer.usage?.inputTokens ?? null;
  const { maxContextWindow: declared } = session.capabilities;
  const lost = text.lostIn(reply.text);
  const nothing = { contextVerifiedTo: null, observedMaxContext: null };
  if (counted !== null && counted < COUNTED * target) {
    const needles = lost.length > 0 ? ` The facts at ${lost.join(', ')} % are lost.` : '';
    return fail(
      'SILENT_TRUNCATION',
      `${counted} input tokens were counted, about ${target} were sent.${needles}`,
      nothing,
    );
  }
  if (lost.length > 1) {
    return fail('RECALL', `The facts at ${lost.join(', ')} % of the text are lost.`, nothing);
  }
  return pass([...reply.warnings, ...lost.map((depth) => `RECALL_${depth}`)], {
    contextVerifiedTo: counted === null ? null : Math.min(counted, declared),
    wholeWindow: isWhole ? 1 : 0,
    observedMaxContext: null,
  });
}
