import { Ajv } from 'ajv';

import type { ToolCall, ToolDefinition } from '../../inference/adapter.js';
import { sameToken } from '../session/nonce.js';
import type { ProbeSession } from '../session/probe-session.js';
import { functionCalling } from './function-calling.probe.js';
import { noCall } from './measurement-tool.js';
import { fail, pass, type Finding, type Probe } from './probe.js';
import { readArguments } from './tool-arguments.js';

const TOOL: ToolDefinition = {
  name: 'get_temperature',
  description: 'Returns the present temperature of a city.',
  parameters: {
    type: 'object',
    properties: { city: { type: 'string', description: 'The city, as the user wrote it.' } },
    required: ['city'],
    additionalProperties: false,
  },
};
const CITIES = ['Oslo', 'Lima', 'Cairo'];

const isQuestion = new Ajv().compile<{ readonly city: string }>(TOOL.parameters);

/** Several calls are made in one turn, before any result is known. */
export const parallelToolCalls: Probe = {
  name: 'parallelToolCalls',
  kind: 'other',
  claim: 'parallelToolCalls',
  foundation: functionCalling.name,
  from: 'standard',
  repeatable: true,

  async attempt(session: ProbeSession): Promise<Finding> {
    const { answer, text, warnings } = await session.send('three cities', {
      messages: [{ role: 'user', content: prompt(session) }],
      tools: [TOOL],
    });
    const { toolCalls } = answer;
    if (toolCalls.length === 0) return noCall(text, TOOL);
    const cities = toolCalls.map(cityOf);
    const fault = cities.find((city) => typeof city !== 'string');
    return fault ?? togetherFault(toolCalls, cities) ?? pass(warnings, { calls: toolCalls.length });
  },

  async control(session: ProbeSession): Promise<void> {
    await session.ask('control: without tools', prompt(session));
  },
};

function prompt(session: ProbeSession): string {
  const cities = `${CITIES.slice(0, -1).join(', ')} and ${CITIES.at(-1)}`;
  return session.wording(
    `Request ${session.nonce()}: get the temperature of ${cities}. Issue all calls at once before answering.`,
    `Request ${session.nonce()}: how warm is it in ${cities}? Make every call in this turn.`,
  );
}

/** The city a call asks for, or what is wrong with the call. */
function cityOf({ name, arguments: text }: ToolCall): string | Finding {
  if (name !== TOOL.name) return fail('TOOL_NAME', `It called "${name}".`);
  const { values, fault } = readArguments(text, isQuestion);
  if (fault) return fault;
  const city = CITIES.find((one) => sameToken(one, values.city));
  return city ?? fail('ARG_VALUE', 'A call is not for one of the cities.');
}

/** What is wrong with the calls together, each being right by itself. */
function togetherFault(calls: readonly ToolCall[], cities: readonly unknown[]): Finding | null {
  if (calls.length === 1) return fail('SEQUENTIAL_ONLY', 'One call came, not several.');
  if (new Set(cities).size < calls.length) return fail('CALL_REPEATED', 'Two calls are equal.');
  const ids = new Set(calls.map(({ id }) => id));
  return ids.size < calls.length || ids.has('')
    ? fail('CALL_IDS', 'The calls cannot be told apart by their ids.')
    : null;
}
