import { Ajv } from 'ajv';

import type { JsonSchema } from '../../inference/adapter.js';
import { parseJson } from '../../shared/json.js';
import { sameToken } from '../session/nonce.js';
import type { ProbeSession } from '../session/probe-session.js';
import { fail, pass, type Finding, type Probe } from './probe.js';

const COLORS = ['red', 'green', 'blue'] as const;
/**
 * Never changed from run to run: providers compile a schema once, which may take minutes, and keep
 * it for a day.
 */
const SCHEMA: JsonSchema = {
  type: 'object',
  properties: {
    code: { type: 'string' },
    count: { type: 'integer' },
    color: { type: 'string', enum: COLORS },
  },
  required: ['code', 'count', 'color'],
  additionalProperties: false,
};
/** The provider takes schemas, but not every word of ours: our schema is at fault. */
const ABOUT_A_KEYWORD =
  /\binvalid (?:json[ _]?)?schema\b|\badditionalProperties\b|\bkeywords?\b(?! argument)|[`'"‘“](?:enum|integer|properties|required)[`'"’”]/i;
const COMPILING_MS = 180_000;

interface Label {
  readonly code: string;
  readonly count: number;
  readonly color: string;
}

const isLabel = new Ajv().compile<Label>(SCHEMA);

/** By the provider's own schema mode, the whole answer is JSON that fits the schema. */
export const structuredOutput: Probe = {
  name: 'structuredOutput',
  kind: 'other',
  claim: 'structuredOutput',
  from: 'standard',
  repeatable: true,

  async attempt(session: ProbeSession): Promise<Finding> {
    const asked = newLabel(session);
    const { reply, rejection } = await session.sendOrRejection(
      'by a schema',
      {
        messages: [{ role: 'user', content: prompt(session, asked) }],
        responseSchema: { name: 'label', schema: SCHEMA },
      },
      { timeoutMs: COMPILING_MS },
    );
    if (rejection && !ABOUT_A_KEYWORD.test(rejection.message)) throw rejection;
    if (rejection) {
      const { message } = rejection;
      return { verdict: 'INCONCLUSIVE_CONFIG', reason: 'SCHEMA_REFUSED', message };
    }
    return labelFault(reply.text, asked) ?? pass(reply.warnings);
  },

  async control(session: ProbeSession): Promise<void> {
    await session.ask('control: without a schema', prompt(session, newLabel(session)));
  },
};

function newLabel(session: ProbeSession): Label {
  const color = COLORS[session.number(0, COLORS.length - 1)] ?? COLORS[0];
  return { code: session.nonce(), count: session.number(10, 99), color };
}

/** In prose and without a word about JSON, so that only the schema can bring about the answer. */
function prompt(session: ProbeSession, { code, count, color }: Label): string {
  return session.wording(
    `A ${color} label says that crate ${code} holds ${count} bottles. What does the label say?`,
    `Crate ${code} has ${count} bottles in it, and its label is ${color}. Tell me about the label.`,
  );
}

function labelFault(text: string, asked: Label): Finding | null {
  if (/^\s*```/.test(text)) return fail('FENCED_JSON', 'The JSON stands in a code fence.');
  const value = parseJson(text);
  if (value === undefined) return fail('NOT_JSON', 'The answer is not JSON.');
  if (!isLabel(value)) {
    const [error] = isLabel.errors ?? [];
    return fail('SCHEMA_VIOLATED', `The answer${error?.instancePath ?? ''} ${error?.message}.`);
  }
  const { code, count, color } = value;
  return sameToken(code, asked.code) && count === asked.count && color === asked.color
    ? null
    : fail('WRONG_VALUE', 'The JSON has other values than those asked for.');
}
