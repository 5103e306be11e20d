import type { StreamedAnswer, ToolCallFragment } from '../../inference/adapter.js';
import type { ProbeSession } from '../session/probe-session.js';
import { functionCalling } from './function-calling.probe.js';
import { askToRecord, callFault, MEASUREMENT_TOOL, newMeasurement } from './measurement-tool.js';
import { fail, pass, type Finding, type Probe } from './probe.js';

/** A tool call that comes in pieces: put together, it is as right as a whole one. */
export const streamingToolUse: Probe = {
  name: 'streamingToolUse',
  kind: 'other',
  claim: 'streamingToolUse',
  foundation: functionCalling.name,
  from: 'standard',
  repeatable: true,

  async attempt(session: ProbeSession): Promise<Finding> {
    const measurement = newMeasurement(session);
    const { answer, text, warnings } = await session.stream('streamed call', {
      messages: [{ role: 'user', content: askToRecord(session, measurement) }],
      tools: [MEASUREMENT_TOOL],
    });
    const fault = piecesFault(answer) ?? callFault(answer, text, measurement) ?? endFault(answer);
    return fault ?? pass(warnings);
  },

  async control(session: ProbeSession): Promise<void> {
    const question = askToRecord(session, newMeasurement(session));
    await session.ask('control: neither streamed nor with a tool', question);
  },
};

/** The id and the name of each call come once and whole; only its arguments come in pieces. */
function piecesFault({ chunks }: StreamedAnswer): Finding | null {
  const pieces = chunks.flatMap(({ toolCalls }) => toolCalls);
  for (const call of new Set(pieces.map(({ index }) => index))) {
    const own = pieces.filter(({ index }) => index === call);
    const fault = nameFault(own) ?? idFault(own);
    if (fault) return fault;
  }
  return null;
}

function nameFault(pieces: readonly ToolCallFragment[]): Finding | null {
  const names = pieces.flatMap(({ name }) => name || []);
  if (names.length < 2) return null;
  return new Set(names).size === 1
    ? fail('TOOL_NAME_REPEATED', `The name came ${names.length} times, not once.`)
    : fail('TOOL_NAME_SPLIT', `The name came in ${names.length} pieces, not whole.`);
}

function idFault(pieces: readonly ToolCallFragment[]): Finding | null {
  const ids = pieces.flatMap(({ id }) => id || []);
  if (ids.length < 2) return null;
  const different = new Set(ids).size;
  return different === 1
    ? fail('TOOL_ID_REPEATED', `The id came ${ids.length} times, not once.`)
    : fail('SEVERAL_CALL_IDS', `The call carries ${different} ids.`);
}

function endFault({ chunks }: StreamedAnswer): Finding | null {
  const ends = chunks.filter(({ stopReason }) => stopReason !== null).length;
  return ends === 1 ? null : fail('STOP_REASONS', `${ends} stop reasons came, not one.`);
}
