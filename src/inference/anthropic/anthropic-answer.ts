import type { InferenceAnswer } from '../adapter.js';
import { isObject, parseJson, stringOrNull, type JsonObject } from '../../shared/json.js';
import { MalformedAnswer, notUnderstood, requestId, type Speaker } from '../speaker.js';
import { joinTexts, readToolCall, replayOf } from './anthropic-blocks.js';
import { readRegion, readStopReason, readUsage } from './anthropic-fields.js';
import { wrappedError } from './anthropic-refusal.js';

/**
 * Reads the body of a 200.
 *
 * @throws InferenceError of the error the body wraps, or PROTOCOL_ERROR when it is no message
 * @throws MalformedAnswer when a field has a wrong type
 */
export function readAnswer(text: string, speaker: Speaker, totalMs: number): InferenceAnswer {
  const body = parseJson(text);
  if (body === undefined)
    throw notUnderstood(speaker, 'INVALID_JSON', 'did not answer in JSON', text);
  if (!isObject(body) || !Array.isArray(body.content)) {
    throw (
      wrappedError(body, text, speaker) ??
      notUnderstood(speaker, 'NO_CONTENT', 'answered without content', text)
    );
  }
  const blocks = readBlocks(body.content);
  return {
    text: joinTexts(blocks, 'text'),
    reasoning: joinTexts(blocks, 'thinking'),
    toolCalls: blocks.filter(({ type }) => type === 'tool_use').map((block) => readToolCall(block)),
    stopReason: readStopReason(body.stop_reason),
    usage: readUsage(body.usage),
    model: stringOrNull(body.model),
    region: readRegion(body.usage),
    requestId: requestId(speaker),
    totalMs,
    replay: replayOf(blocks),
    raw: body,
  };
}

function readBlocks(content: readonly unknown[]): JsonObject[] {
  return content.map((block) => {
    if (!isObject(block)) throw new MalformedAnswer('a content block is no object');
    return block;
  });
}
