import type { InferenceAnswer, Message, ToolCall } from '../../inference/adapter.js';
import { containsNonce } from '../session/nonce.js';
import type { ProbeSession } from '../session/probe-session.js';
import { askToRecord, callFault, MEASUREMENT_TOOL, newMeasurement } from './measurement-tool.js';
import { fail, pass, type Finding, type Probe } from './probe.js';

/** Offered a tool, the model calls it with the right arguments, and uses what it returns. */
export const functionCalling: Probe = {
  name: 'functionCalling',
  kind: 'core',
  claim: 'functionCalling',
  from: 'standard',
  repeatable: true,

  async attempt(session: ProbeSession): Promise<Finding> {
    const measurement = newMeasurement(session);
    const question: Message = { role: 'user', content: askToRecord(session, measurement) };
    const { answer, text, warnings } = await session.send('call', {
      messages: [question],
      tools: [MEASUREMENT_TOOL],
    });
    const fault = callFault(answer, text, measurement);
    const [call] = answer.toolCalls;
    if (fault || !call) return fault ?? fail('NO_TOOL_CALL', 'No tool was called.');
    const result = await returnResult(session, question, answer, call);
    return result ?? pass(warnings);
  },

  async control(session: ProbeSession): Promise<void> {
    await session.ask('control: without tools', askToRecord(session, newMeasurement(session)));
  },
};

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
    { role: 'assistant', text: answer.text, toolCalls: [call], replay: answer.replay },
    { role: 'tool', toolCallId: call.id, content: JSON.stringify({ receipt }) },
    // Mistral's models take no user's message right after a tool's.
    { role: 'assistant', text: 'It is recorded.' },
    { role: 'user', content: 'What is the receipt? Reply with the receipt only.' },
  ];
  const leg = await session.sendOrRejection('result', { messages, tools: [MEASUREMENT_TOOL] });
  if (leg.rejection) return fail('TOOL_RESULT_REJECTED', leg.rejection.message);
  return containsNonce(leg.reply.text, receipt)
    ? null
    : fail('RESULT_IGNORED', `The answer does not contain the receipt ${receipt}.`);
}
