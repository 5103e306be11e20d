import type { InferenceAnswer } from '../adapter.js';
import { isObject, objectOrNull, parseJson, stringOrNull } from '../../shared/json.js';
import { notUnderstood, refused, requestId, type Speaker } from './openai-errors.js';
import {
  firstChoice,
  MalformedAnswer,
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
    if (bodyError(body) !== null) throw refused(readRefusal(null, body, text), speaker);
    throw notUnderstood(speaker, 'NO_CHOICES', 'answered without choices', text);
  }
  if (bodyError(choice) !== null) throw refused(readRefusal(null, choice, text), speaker);
  const message = objectOrNull(choice.message);
  if (message === null) throw new MalformedAnswer('the choice has no message');
  return {
    text: readText(message.content),
    toolCalls: readToolCalls(message.tool_calls),
    stopReason: readStopReason(choice.finish_reason),
    usage: readUsage(body.usage),
    model: stringOrNull(body.model),
    region: speaker.headers.get('x-ms-region'),
    requestId: requestId(speaker),
    totalMs,
    raw: body,
  };
}
