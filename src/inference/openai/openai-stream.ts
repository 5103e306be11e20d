import type { StreamChunk, StreamedAnswer } from '../adapter.js';
import { firstTokenMs, joinToolCalls } from '../chunks.js';
import { isObject, objectOrNull, parseJson, stringOrNull } from '../../shared/json.js';
import { refused } from '../refusal.js';
import { notUnderstood, requestId, type Speaker } from '../speaker.js';
import { ROWS } from './openai-error-table.js';
import {
  firstChoice,
  readFragments,
  readReasoning,
  readStopReason,
  readText,
  readUsage,
} from './openai-fields.js';
import { bodyError, readRefusal } from './openai-refusal.js';

/**
 * Reads the data of one event. An event without a choice (Azure's first, the last with the usage)
 * gives a chunk without text.
 *
 * @throws InferenceError of the error the event carries, or PROTOCOL_ERROR when it is no JSON object
 * @throws MalformedAnswer when a field has a wrong type
 */
export function readChunk(data: string, speaker: Speaker, atMs: number): StreamChunk {
  const event = parseJson(data);
  if (!isObject(event)) {
    throw notUnderstood(speaker, 'INVALID_JSON', 'streamed an event that is no JSON object', data);
  }
  if (bodyError(event) !== null) throw refused(readRefusal(null, event, data), ROWS, speaker);
  const choice = firstChoice(event);
  const delta = objectOrNull(choice?.delta) ?? {};
  return {
    atMs,
    text: readText(delta.content),
    reasoning: readReasoning(delta),
    toolCalls: readFragments(delta.tool_calls),
    id: stringOrNull(event.id) || null, // empty in Azure's first event
    role: stringOrNull(delta.role),
    stopReason: readStopReason(choice?.finish_reason),
    usage: readUsage(event.usage),
    model: stringOrNull(event.model),
    raw: event,
  };
}

/**
 * Puts the chunks of a stream together.
 *
 * @throws InferenceError PROTOCOL_ERROR when the stream ended before the model had stopped
 * @throws MalformedAnswer when a tool call never got a name
 */
export function assemble(
  chunks: readonly StreamChunk[],
  speaker: Speaker,
  totalMs: number,
): StreamedAnswer {
  if (chunks.length === 0) {
    throw notUnderstood(speaker, 'NOT_A_STREAM', 'answered with a stream without events');
  }
  const stopped = chunks.findLast(({ stopReason }) => stopReason !== null);
  if (stopped === undefined) {
    const words = 'ended its stream before the model had stopped';
    throw notUnderstood(speaker, 'STREAM_INCOMPLETE', words);
  }
  return {
    text: chunks.map(({ text }) => text).join(''),
    reasoning: chunks.map(({ reasoning }) => reasoning).join(''),
    toolCalls: joinToolCalls(chunks),
    stopReason: stopped.stopReason,
    usage: chunks.findLast(({ usage }) => usage !== null)?.usage ?? null,
    model: chunks.find(({ model }) => model !== null && model !== '')?.model ?? null,
    region: speaker.headers.get('x-ms-region'),
    requestId: requestId(speaker),
    totalMs,
    replay: null,
    raw: chunks.map(({ raw }) => raw),
    chunks,
    firstTokenMs: firstTokenMs(chunks),
  };
}
