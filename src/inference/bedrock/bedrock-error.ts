import { BedrockRuntimeServiceException } from '@aws-sdk/client-bedrock-runtime';

import type { AuthorizedTarget } from '../adapter.js';
import { objectOrNull, parseJson, stringOrNull } from '../../shared/json.js';
import type { InferenceError } from '../inference-error.js';
import { refused, type Refusal } from '../refusal.js';
import { asInferenceError, notUnderstood, speakerOf, type Speaker } from '../speaker.js';
import type { AwsCall } from './aws-call.js';
import { ROWS } from './bedrock-error-table.js';

/** Where a parameter is named only in words. */
const NAMED_PARAM = [
  /\bsupport the ([\w.]+) field\b/,
  /[`'"]([\w.]+)[`'"] (?:is deprecated for this model|and [`'"][\w.]+[`'"] cannot both be specified)/,
  /\bextraneous key \[(\w+)\]/,
];
/** What the SDK adds to an error that it met while it read an answer. */
const SDK_HINT = '\n  Deserialization error:';
/** What the SDK says when the answer says nothing. */
const SDK_WORDS: readonly (string | undefined)[] = ['Unknown', 'UnknownError'];

/** Whose answer a call got; undefined: it got none. */
export function speakerIn(target: AuthorizedTarget, { answer }: AwsCall): Speaker | undefined {
  return answer === null ? undefined : speakerOf(target, answer);
}

/** Whatever the SDK threw for a call, as the error to throw. */
export function faultOf(error: unknown, target: AuthorizedTarget, call: AwsCall): InferenceError {
  const speaker = speakerIn(target, call);
  if (call.fault !== null) return asInferenceError(call.fault.error, target.providerSlug, speaker);
  if (speaker === undefined) return asInferenceError(error, target.providerSlug);
  const refusal = readRefusal(error, speaker.status, call.text);
  return refusal === null ? unreadable(error, speaker, call) : refused(refusal, ROWS, speaker);
}

/**
 * Reads what the SDK threw for an answer.
 *
 * @param status of HTTP
 * @param text the body of the answer, where it is no event stream
 * @returns null when it describes no error of the provider
 */
export function readRefusal(error: unknown, status: number, text: string): Refusal | null {
  const failed = status >= 400;
  const exception = exceptionOf(error);
  if (exception === null && !failed) return null;
  const { name, message } = exception ?? { name: '', message: '' };
  const words = [message, text].find((said) => said !== '' && !SDK_WORDS.includes(said)) ?? '';
  return {
    status: failed ? status : null,
    codes: [name].filter((code) => code !== '' && !SDK_WORDS.includes(code)),
    param: paramIn(words),
    message: words,
  };
}

interface Exception {
  readonly name: string;
  readonly message: string;
}

/** An exception that the provider sent: one the SDK knows, or one it only gives the name to. */
function exceptionOf(error: unknown): Exception | null {
  if (!(error instanceof Error)) return null;
  const known = error instanceof BedrockRuntimeServiceException;
  if (!known && !Object.hasOwn(error, 'name')) return null;
  const said = stringOrNull(error.message)?.split(SDK_HINT, 1)[0] ?? '';
  const message = stringOrNull(objectOrNull(parseJson(said))?.message) ?? said;
  const original = 'originalMessage' in error ? stringOrNull(error.originalMessage) : null;
  return {
    name: stringOrNull(error.name) ?? '',
    message: [message, original].filter(Boolean).join(' '),
  };
}

function paramIn(message: string): string | null {
  for (const pattern of NAMED_PARAM) {
    const name = pattern.exec(message)?.[1];
    if (name !== undefined) return name;
  }
  return null;
}

/** The error for an answer that the SDK could not read. */
function unreadable(error: unknown, speaker: Speaker, call: AwsCall): InferenceError {
  if (call.streams) {
    if (error instanceof Error && error.message.startsWith('Truncated event message')) {
      const words = 'ended its stream within an event';
      return notUnderstood(speaker, 'STREAM_INCOMPLETE', words);
    }
    return notUnderstood(speaker, 'INVALID_EVENT', 'streamed an event that cannot be read');
  }
  if (call.asksForStream) {
    return notUnderstood(speaker, 'NOT_A_STREAM', 'did not answer with a stream', call.text);
  }
  return parseJson(call.text) === undefined
    ? notUnderstood(speaker, 'INVALID_JSON', 'did not answer in JSON', call.text)
    : notUnderstood(speaker, 'INVALID_ANSWER', 'answered in a wrong form', call.text);
}
