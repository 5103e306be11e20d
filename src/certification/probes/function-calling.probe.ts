import { Ajv } from 'ajv';

import type {
  InferenceAnswer,
  Message,
  ToolCall,
  ToolDefinition,
} from '../../inference/adapter.js';
import { containsNonce, sameToken } from '../session/nonce.js';
import type { ProbeSession } from '../session/probe-session.js';
import { fail, pass, requests, type Finding, type Probe } from './probe.js';

const TOOL: ToolDefinition = {
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

interface Measurement {
  readonly code: string;
  readonly quantity: number;
  readonly unit: 'kg' | 'm' | 's';
}

const isMeasurement = new Ajv().compile<Measurement>(TOOL.parameters);

/** Offered a tool, the model calls it with the right arguments, and uses what it returns. */
export const functionCalling: Probe = {
  name: 'functionCalling',
  kind: 'core',
  claim: 'functionCalling',
  from: 'standard',
  repeatable: true,

  estimate: () => requests(4),

  async attempt(session: ProbeSession): Promise<Finding> {
    const code = session.nonce();
    const quantity = session.number(10, 99);
    const question: Message = { role: 'user', content: prompt(session, code, quantity) };
    const { answer, text, warnings } = await session.send('call', {
      messages: [question],
      tools: [TOOL],
    });
    const fault = callFault(answer, text, code, quantity);
    const [call] = answer.toolCalls;
    if (fault || !call) return fault ?? fail('NO_TOOL_CALL', 'No tool was called.');
    const result = await returnResult(session, question, answer, call);
    return result ?? pass(warnings);
  },

  async control(session: ProbeSession): Promise<void> {
    const content = prompt(session, session.nonce(), session.number(10, 99));
    await session.send('control: without tools', { messages: [{ role: 'user', content }] });
  },
};

function prompt(session: ProbeSession, code: string, quantity: number): string {
  return session.wording(
    `Record a measurement: code ${code}, quantity ${quantity}, unit kg.`,
    `Please store this measurement with the tool: ${quantity} kg for the object ${code}.`,
  );
}

function callFault(
  { toolCalls, stopReason }: InferenceAnswer,
  text: string,
  code: string,
  quantity: number,
): Finding | null {
  const [call] = toolCalls;
  if (!call) {
    return looksLikeCall(text)
      ? fail('TOOL_CALL_AS_TEXT', 'The call was written into the text instead of being made.')
      : fail('NO_TOOL_CALL', 'The model answered in prose and called no tool.');
  }
  if (toolCalls.length > 1) return fail('CALL_COUNT', `${toolCalls.length} calls came, not one.`);
  if (call.name !== TOOL.name) return fail('TOOL_NAME', `It called "${call.name}".`);
  if (call.id === '') return fail('NO_CALL_ID', 'The call has no id.');
  const wrong = argumentFault(call.arguments, code, quantity);
  if (wrong) return wrong;
  if (stopReason !== 'tool_calls') {
    return fail('WRONG_STOP_REASON', `Stop reason is ${stopReason ?? 'absent'}, not tool_calls.`);
  }
  return null;
}

function argumentFault(text: string, code: string, quantity: number): Finding | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return fail('ARGS_NOT_JSON', 'The arguments are not JSON.');
  }
  if (!isMeasurement(value)) {
    const [error] = isMeasurement.errors ?? [];
    return fail(
      'ARG_TYPE',
      `Arguments${error?.instancePath ?? ''} ${error?.message ?? 'invalid'}.`,
    );
  }
  if (!sameToken(value.code, code) || value.quantity !== quantity || value.unit !== 'kg') {
    return fail('ARG_VALUE', 'The arguments have other values than those asked for.');
  }
  return null;
}

/** Second leg: the tool's receipt must show in the final answer. */
async function returnResult(
  session: ProbeSession,
  question: Message,
  answer: InferenceAnswer,
  call: ToolCall,
): Promise<Finding | null> {
  const receipt = session.nonce();
  const messages: Message[] = [
    question,
    { role: 'assistant', text: answer.text, toolCalls: [call] },
    { role: 'tool', toolCallId: call.id, content: JSON.stringify({ receipt }) },
    { role: 'user', content: 'What is the receipt? Reply with the receipt only.' },
  ];
  const leg = await session.sendOrRejection('result', { messages, tools: [TOOL] });
  if (leg.rejection) return fail('TOOL_RESULT_REJECTED', leg.rejection.message);
  return containsNonce(leg.reply.text, receipt)
    ? null
    : fail('RESULT_IGNORED', `The answer does not contain the receipt ${receipt}.`);
}

function looksLikeCall(text: string): boolean {
  return /<function|<tool_call/i.test(text) || text.includes(TOOL.name) || /"code"\s*:/.test(text);
}
