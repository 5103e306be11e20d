import { Ajv } from 'ajv';

import type { InferenceAnswer, ToolDefinition } from '../../inference/adapter.js';
import { objectOrNull } from '../../shared/json.js';
import { sameToken } from '../session/nonce.js';
import type { ProbeSession } from '../session/probe-session.js';
import { fail, type Finding } from './probe.js';
import { readArguments } from './tool-arguments.js';

/** The tool that the probes of tool use offer. */
export const MEASUREMENT_TOOL: ToolDefinition = {
  name: 'record_measurement',
  description: 'Records one measurement and returns a receipt.',
  parameters: {
    type: 'object',
    properties: {
      code: { type: 'string', description: 'Code of the measured object.' },
      quantity: { type: 'integer', description: 'The measured quantity.' },
      unit: { type: 'string', enum: ['kg', 'm', 's'] },
    },
    required: ['code', 'quantity', 'unit'],
    additionalProperties: false,
  },
};

/** What the model is asked to record; the unit is always kg. */
export interface Measurement {
  readonly code: string;
  readonly quantity: number;
}

const isMeasurement = new Ajv().compile<Measurement & { readonly unit: string }>(
  MEASUREMENT_TOOL.parameters,
);

export function newMeasurement(session: ProbeSession): Measurement {
  return { code: session.nonce(), quantity: session.number(10, 99) };
}

/** Asks for the tool without naming it. */
export function askToRecord(session: ProbeSession, { code, quantity }: Measurement): string {
  return session.wording(
    `Record a measurement: code ${code}, quantity ${quantity}, unit kg.`,
    `Please store this measurement with the tool: ${quantity} kg for the object ${code}.`,
  );
}

/** What is wrong with the call an answer makes; null: nothing. */
export function callFault(
  { toolCalls, stopReason }: InferenceAnswer,
  text: string,
  asked: Measurement,
): Finding | null {
  const [call] = toolCalls;
  if (!call) return noCall(text);
  if (toolCalls.length > 1) return fail('CALL_COUNT', `${toolCalls.length} calls came, not one.`);
  if (call.name !== MEASUREMENT_TOOL.name) return fail('TOOL_NAME', `It called "${call.name}".`);
  if (call.id === '') return fail('NO_CALL_ID', 'The call has no id.');
  const wrong = argumentFault(call.arguments, asked);
  if (wrong) return wrong;
  if (stopReason !== 'tool_calls') {
    return fail('WRONG_STOP_REASON', `Stop reason is ${stopReason ?? 'absent'}, not tool_calls.`);
  }
  return null;
}

/** Why there is no call: the model wrote it into its text, or ignored the tool. */
export function noCall(text: string, tool = MEASUREMENT_TOOL): Finding {
  return looksLikeCall(text, tool)
    ? fail('TOOL_CALL_AS_TEXT', 'The call was written into the text instead of being made.')
    : fail('NO_TOOL_CALL', 'The model answered in prose and called no tool.');
}

function argumentFault(text: string, asked: Measurement): Finding | null {
  const { values, fault } = readArguments(text, isMeasurement);
  if (fault) return fault;
  const { code, quantity, unit } = values;
  return sameToken(code, asked.code) && quantity === asked.quantity && unit === 'kg'
    ? null
    : fail('ARG_VALUE', 'The arguments have other values than those asked for.');
}

/** By the tool's name, by one of its arguments in JSON, or by the marks models put around calls. */
function looksLikeCall(text: string, { name, parameters }: ToolDefinition): boolean {
  const args = Object.keys(objectOrNull(parameters.properties) ?? {});
  const written = new RegExp(`"(?:${args.join('|')})"\\s*:`);
  return /<function|<tool_call/i.test(text) || text.includes(name) || written.test(text);
}
