import { Ajv } from 'ajv';

import type { JsonSchema } from '../../inference/adapter.js';
import { parseJson } from '../../shared/json.js';
import { sameToken } from '../session/nonce.js';
import type { ProbeSession } from '../session/probe-session.js';
import { fail, pass, requests, type Finding, type Probe } from './probe.js';

/**
 * Never changed from run to run: providers compile a schema once, which may take minutes, and keep
 * it for a day.
 */
const SCHEMA: JsonSchema = {
  type: 'object',
  properties: {
    code: { type: 'string' },
    count: { type: 'integer' },
    color: { type: 'string', enum: ['red', 'green', 'blue'] },
  },
  required: ['code', 'count', 'color'],
  additionalProperties: false,
};
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

  estimate: () => requests(3),

  async attempt(session: ProbeSession): Promise<Finding> {
    const asked = { code: session.nonce(), count: session.number(10, 99) };
    const { text, warnings } = await session.send(
      'by a schema',
      {
        messages: [{ role: 'user', content: prompt(session, asked) }],
        responseSchema: { name: 'label', schema: SCHEMA },
      },
      { timeoutMs: COMPILING_MS },
    );
    if (/^\s*```/.test(text)) return fail('FENCED_JSON', 'The JSON stands in a code fence.');
    const value = parseJson(text);
    if (value === undefined) return fail('NOT_JSON', 'The answer is not JSON.');
    if (!isLabel(value)) {
      const [error] = isLabel.errors ?? [];
      return fail('SCHEMA_VIOLATED', `The answer${error?.instancePath ?? ''} ${error?.message}.`);
    }
    return sameToken(value.code, asked.code) && value.count === asked.count
      ? pass(warnings)
      : fail('WRONG_VALUE', 'The JSON has other values than those asked for.');
  },

  async control(session: ProbeSession): Promise<void> {
    const asked = { code: session.nonce(), count: session.number(10, 99) };
    await session.ask('control: without a schema', prompt(session, asked));
  },
};

function prompt(session: ProbeSession, { code, count }: Pick<Label, 'code' | 'count'>): string {
  return session.wording(
    `Make a label as JSON: code ${code}, count ${count}, color green.`,
    `Write a JSON object for a green label that has the code ${code} and the count ${count}.`,
  );
}
