import type { InferenceAnswer } from '../adapter.js';
import { isObject, objectOrNull, parseJson, stringOrNull } from '../../shared/json.js';
import { refused } from '../refusal.js';
import { MalformedAnswer, notUnderstood, requestId, type Speaker } from '../speaker.js';
import { ROWS } from './openai-error-table.js';
import {
  firstChoice,
  readReasoning,
  readStopReason,
  readText,
  readToolCalls,
  readUsage,
} from './openai-fields.js';
import { bodyError, readRefusal } from './openai-refusal.js';

/**
 * Reads the body of a 200.
 *
 * @throws InferenceError of the error the body wraps, or PROTOCOL_ERROR when it is no completion
 * @throws MalformedAnswer when a field has a wrong type
 */
export function readAnswer(text: string, speaker: Speaker, totalMs: number): InferenceAnswer {
  const body = parseJson(text);
  if (body === undefined)
    throw notUnderstood(speaker, 'INVALID_JSON', 'did not answer in JSON', text);
  const choice = isObject(body) ? firstChoice(body) : null;
  if (!isObject(body) || choice === null) {
    if (bodyError(body) !== null) throw refused(readRefusal(null, body, text), ROWS, speaker);
    throw notUnderstood(speaker, 'NO_CHOICES', 'answered without choices', text);
  }
  if (bodyError(choice) !== null) throw refused(readRefusal(null, choice, text), ROWS, speaker);
  const message = objectOrNull(choice.message);
  if (message === null) throw new MalformedAnswer('the choice has no message');
  return {
    text: readText(message.content),
    reasoning: readReasoning(message),
    toolCalls: readToolCalls(message.tool_calls),
    stopReason: readStopReason(choice.finish_reason),
    usage: readUsage(body.usage),
    model: stringOrNull(body.model),
    region: speaker.headers.get('x-ms-region'),
    requestId: requestId(speaker),
    totalMs,
    replay: null,
    raw: body,
  };
}
