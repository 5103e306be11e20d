import type { ToolDefinition } from '../../inference/adapter.js';
import { parseJson, isObject } from '../../shared/json.js';
import type { ProbeSession } from '../session/probe-session.js';
import { noCall } from './measurement-tool.js';
import { fail, pass, requests, type Finding, type Probe } from './probe.js';

const TOOL: ToolDefinition = {
  name: 'get_temperature',
  description: 'Returns the present temperature of a city.',
  parameters: {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  },
};
const CITIES = ['Oslo', 'Lima', 'Cairo'];

/** Several calls are made in one turn, before any result is known. */
export const parallelToolCalls: Probe = {
  name: 'parallelToolCalls',
  kind: 'other',
  claim: 'parallelToolCalls',
  from: 'standard',
  repeatable: true,

  estimate: () => requests(3),

  async attempt(session: ProbeSession): Promise<Finding> {
    const { answer, text, warnings } = await session.send('three cities', {
      messages: [{ role: 'user', content: prompt(session) }],
      tools: [TOOL],
    });
    const { toolCalls } = answer;
    if (toolCalls.length === 0) return noCall(text);
    const stranger = toolCalls.find(({ name }) => name !== TOOL.name);
    if (stranger) return fail('TOOL_NAME', `It called "${stranger.name}".`);
    const cities = toolCalls.map((call) => cityIn(call.arguments));
    const unknown = cities.find((city) => city === null || !CITIES.includes(city));
    if (unknown !== undefined) return fail('ARG_VALUE', 'A call is not for one of the cities.');
    if (toolCalls.length === 1) return fail('SEQUENTIAL_ONLY', 'One call came, not several.');
    if (new Set(cities).size < cities.length) return fail('CALL_REPEATED', 'Two calls are equal.');
    const ids = new Set(toolCalls.map(({ id }) => id));
    if (ids.size < toolCalls.length || ids.has('')) {
      return fail('CALL_IDS', 'The calls cannot be told apart by their ids.');
    }
    return pass(warnings, { calls: toolCalls.length });
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

function cityIn(text: string): string | null {
  const value = parseJson(text);
  if (!isObject(value) || typeof value.city !== 'string') return null;
  const given = value.city.trim().toLowerCase();
  return CITIES.find((city) => given.startsWith(city.toLowerCase())) ?? null;
}
