import { Readable } from 'node:stream';

import {
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
} from '@aws-sdk/client-bedrock-runtime';
import type { InferenceRequest, StreamChunk, Usage } from '../adapter.js';
import { isObject, numberOrNull, objectOrNull, parseJson } from '../../shared/json.js';
import { InferenceError } from '../inference-error.js';
import { MalformedAnswer, notUnderstood, type Speaker } from '../speaker.js';
import type { Asked, Dialect, Said } from './bedrock-dialect.js';
import { readText } from './bedrock-fields.js';
import { reasoningUnknown } from './bedrock-request.js';
import type { PromptFormat } from './vendors/vendor-quirks.js';

/** InvokeModel, for models that complete one prompt in a form of their vendor's own. */
export function invokeModel(format: PromptFormat): Dialect {
  return {
    ask: (asked) =>
      asked.client.send(new InvokeModelCommand(toInput(asked, format)), asked.call.options),

    async askForStream(asked) {
      if (format.readEvent === undefined) throw unable(asked.modelId, 'stream');
      const input = toInput(asked, format, format.streamFields);
      const command = new InvokeModelWithResponseStreamCommand(input);
      return (await asked.client.send(command, asked.call.options)).body ?? Readable.from([]);
    },

    readAnswer: (_, speaker, text) => readAnswer(format, speaker, text),
    readEvent: (event, atMs) => readEvent(format, event, atMs),
    replay: () => null,
  };
}

function toInput({ modelId, request }: Asked, format: PromptFormat, more?: object) {
  const body = { ...format.body(onlyPrompt(request, modelId), request), ...more };
  return {
    modelId,
    contentType: 'application/json',
    accept: 'application/json',
    body: Buffer.from(JSON.stringify(body)),
  };
}

/** The one text that is asked. @throws InferenceError when more is asked than a model can that completes */
function onlyPrompt(request: InferenceRequest, modelId: string): string {
  const { system, messages, tools = [], responseSchema, reasoning } = request;
  const [first, ...rest] = messages;
  if (rest.length > 0) throw unable(modelId, 'take more than one message');
  if (system !== undefined) throw unable(modelId, 'take a system message');
  if (tools.length > 0) throw unable(modelId, 'call tools');
  if (responseSchema !== undefined) throw unable(modelId, 'answer by a schema');
  if (reasoning !== undefined) throw reasoningUnknown(modelId);
  if (first?.role !== 'user') throw unable(modelId, 'take anything but a message of the user');
  if (typeof first.content === 'string') return first.content;
  const texts = first.content.map((part) => (part.type === 'text' ? part.text : null));
  if (texts.includes(null)) throw unable(modelId, 'take anything but text');
  return texts.join('');
}

function unable(modelId: string, what: string): InferenceError {
  return new InferenceError('CAPABILITY_UNSUPPORTED', `${modelId} does not ${what} on Bedrock.`);
}

function readAnswer(format: PromptFormat, speaker: Speaker, text: string): Said {
  const body = parseJson(text);
  if (!isObject(body)) throw notUnderstood(speaker, 'INVALID_JSON', 'did not answer in JSON', text);
  const { text: said, stopReason } = format.readAnswer(body);
  if (typeof said !== 'string') throw new MalformedAnswer('it holds no text');
  return {
    text: said,
    reasoning: '',
    toolCalls: [],
    stopReason,
    usage: readUsage(
      speaker.headers.get('x-amzn-bedrock-input-token-count'),
      speaker.headers.get('x-amzn-bedrock-output-token-count'),
    ),
    model: null,
    replay: null,
    raw: body,
  };
}

function readEvent(format: PromptFormat, event: unknown, atMs: number): StreamChunk {
  const bytes = objectOrNull(objectOrNull(event)?.chunk)?.bytes;
  const raw = bytes instanceof Uint8Array ? parseJson(Buffer.from(bytes).toString()) : undefined;
  if (!isObject(raw)) throw new MalformedAnswer('an event is no JSON object');
  const said = format.readEvent?.(raw);
  const metrics = objectOrNull(raw['amazon-bedrock-invocationMetrics']);
  return {
    atMs,
    text: readText(said?.text),
    reasoning: '',
    toolCalls: [],
    id: null,
    role: null,
    stopReason: said?.stopReason ?? null,
    usage: metrics && readUsage(metrics.inputTokenCount, metrics.outputTokenCount),
    model: null,
    raw,
  };
}

function readUsage(input: unknown, output: unknown): Usage | null {
  const inputTokens = count(input);
  const outputTokens = count(output);
  if (inputTokens === null && outputTokens === null) return null;
  return {
    inputTokens,
    outputTokens,
    totalTokens: null,
    reasoningTokens: null,
    cachedInputTokens: null,
    cacheWriteTokens: null,
  };
}

function count(value: unknown): number | null {
  return typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : numberOrNull(value);
}
