import type { StreamedAnswer } from '../../inference/adapter.js';
import type { ProbeSession } from '../session/probe-session.js';
import { askToRecord, callFault, MEASUREMENT_TOOL, newMeasurement } from './measurement-tool.js';
import { fail, pass, requests, type Finding, type Probe } from './probe.js';

/** A tool call that comes in pieces: put together, it is as right as a whole one. */
export const streamingToolUse: Probe = {
  name: 'streamingToolUse',
  kind: 'other',
  claim: 'streamingToolUse',
  from: 'standard',
  repeatable: true,

  estimate: () => requests(3),

  async attempt(session: ProbeSession): Promise<Finding> {
    const measurement = newMeasurement(session);
    const { answer, text, warnings } = await session.stream('streamed call', {
      messages: [{ role: 'user', content: askToRecord(session, measurement) }],
      tools: [MEASUREMENT_TOOL],
    });
    return callFault(answer, text, measurement) ?? protocolFault(answer) ?? pass(warnings);
  },

  /** The same tool, not streamed: a refusal of tools as such is another claim's. */
  async control(session: ProbeSession): Promise<void> {
    await session.send('control: not streamed', {
      messages: [{ role: 'user', content: askToRecord(session, newMeasurement(session)) }],
      tools: [MEASUREMENT_TOOL],
    });
  },
};

function protocolFault({ chunks }: StreamedAnswer): Finding | null {
  const fragments = chunks.flatMap(({ toolCalls }) => toolCalls);
  const names = fragments.flatMap(({ name }) => (name ? [name] : []));
  if (names.length !== 1) return fail('NAME_REPEATED', `The name came ${names.length} times.`);
  const ids = new Set(fragments.flatMap(({ id }) => (id ? [id] : [])));
  if (ids.size !== 1) return fail('SEVERAL_CALL_IDS', `The call carries ${ids.size} ids.`);
  const ends = chunks.filter(({ stopReason }) => stopReason !== null).length;
  return ends === 1 ? null : fail('STOP_REASONS', `${ends} stop reasons came, not one.`);
}
