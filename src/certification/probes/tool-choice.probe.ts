import type { ProbeSession } from '../session/probe-session.js';
import { MEASUREMENT_TOOL, noCall } from './measurement-tool.js';
import { fail, pass, requests, type Finding, type Probe } from './probe.js';

/** A tool that has nothing to do with the question is called, because the request says so. */
export const toolChoice: Probe = {
  name: 'toolChoice',
  kind: 'other',
  claim: 'toolChoice',
  from: 'standard',
  repeatable: true,

  estimate: () => requests(3),

  async attempt(session: ProbeSession): Promise<Finding> {
    const { answer, text, warnings } = await session.send('forced tool', {
      messages: [{ role: 'user', content: greeting(session) }],
      tools: [MEASUREMENT_TOOL],
      toolChoice: { name: MEASUREMENT_TOOL.name },
    });
    const [call] = answer.toolCalls;
    if (!call) return noCall(text);
    return call.name === MEASUREMENT_TOOL.name
      ? pass(warnings)
      : fail('TOOL_NAME', `It called "${call.name}".`);
  },

  /** The tool is offered, so that only the choice can be what is refused. */
  async control(session: ProbeSession): Promise<void> {
    await session.send('control: tool not forced', {
      messages: [{ role: 'user', content: greeting(session) }],
      tools: [MEASUREMENT_TOOL],
    });
  },
};

/** Unique, so that no cache of the provider can answer. */
function greeting(session: ProbeSession): string {
  return session.wording(`Hello, ${session.nonce()}.`, `Good morning, ${session.nonce()}.`);
}
