import type { ToolChoice } from '../../inference/adapter.js';
import type { ProbeSession, ReplyOrRejection } from '../session/probe-session.js';
import { functionCalling } from './function-calling.probe.js';
import { MEASUREMENT_TOOL, noCall } from './measurement-tool.js';
import { fail, pass, type Finding, type Probe } from './probe.js';

/**
 * A tool that has nothing to do with the question is called, because the request says so: by its
 * name or, where names are refused, by asking for any tool.
 */
export const toolChoice: Probe = {
  name: 'toolChoice',
  kind: 'other',
  claim: 'toolChoice',
  foundation: functionCalling.name,
  from: 'standard',
  repeatable: true,

  async attempt(session: ProbeSession): Promise<Finding> {
    const named = await forced(session, 'forced by name', { name: MEASUREMENT_TOOL.name });
    const { reply, rejection } = named.rejection
      ? await forced(session, 'forced by required', 'required')
      : named;
    if (rejection) throw rejection;
    const [call] = reply.answer.toolCalls;
    if (!call) return noCall(reply.text);
    return call.name === MEASUREMENT_TOOL.name
      ? pass(reply.warnings, { byName: named.rejection ? 0 : 1 })
      : fail('TOOL_NAME', `It called "${call.name}".`);
  },

  async control(session: ProbeSession): Promise<void> {
    await session.ask('control: without a tool', greeting(session));
  },
};

function forced(
  session: ProbeSession,
  label: string,
  choice: ToolChoice,
): Promise<ReplyOrRejection> {
  return session.sendOrRejection(label, {
    messages: [{ role: 'user', content: greeting(session) }],
    tools: [MEASUREMENT_TOOL],
    toolChoice: choice,
  });
}

/** Unique, so that no cache of the provider can answer. */
function greeting(session: ProbeSession): string {
  return session.wording(`Hello, ${session.nonce()}.`, `Good morning, ${session.nonce()}.`);
}
