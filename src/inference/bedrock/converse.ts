import { Readable } from 'node:stream';

import { ConverseCommand, ConverseStreamCommand } from '@aws-sdk/client-bedrock-runtime';
import type { StreamChunk, ToolCall, ToolCallFragment } from '../adapter.js';
import { isObject, numberOrNull, objectOrNull, stringOrNull } from '../../shared/json.js';
import type { JsonObject } from '../../shared/json.js';
import { MalformedAnswer, notUnderstood, type Speaker } from '../speaker.js';
import type { Dialect, Said } from './bedrock-dialect.js';
import { readModel, readName, readStopReason, readText, readUsage } from './bedrock-fields.js';
import { toConverse } from './bedrock-request.js';
import { joinBlocks } from './converse-replay.js';
import { toArguments } from './document.js';

/** Converse and ConverseStream: one form for the models of all vendors. */
export const CONVERSE: Dialect = {
  ask: ({ client, modelId, request, call }) =>
    client.send(new ConverseCommand(toConverse(request, modelId)), call.options),

  async askForStream({ client, modelId, request, call }) {
    const command = new ConverseStreamCommand(toConverse(request, modelId));
    return (await client.send(command, call.options)).stream ?? Readable.from([]);
  },

  readAnswer,
  readEvent,
  replay: joinBlocks,
};

function readAnswer(output: unknown, speaker: Speaker, text: string): Said {
  const { $metadata: _, ...raw } = objectOrNull(output) ?? {};
  const message = objectOrNull(objectOrNull(raw.output)?.message);
  if (message === null) {
    throw notUnderstood(speaker, 'NO_MESSAGE', 'answered without a message', text);
  }
  const blocks = readBlocks(message.content);
  return {
    text: blocks.map((block) => readText(block.text)).join(''),
    reasoning: blocks.map(readReasoning).join(''),
    toolCalls: blocks.flatMap(readToolCall),
    stopReason: readStopReason(raw.stopReason),
    usage: readUsage(raw.usage),
    model: readModel(raw.trace),
    replay: blocks.some(({ reasoningContent }) => isObject(reasoningContent)) ? blocks : null,
    raw,
  };
}

function readBlocks(content: unknown): JsonObject[] {
  if (content === undefined || content === null) return [];
  if (Array.isArray(content) && content.every(isObject)) return content;
  throw new MalformedAnswer('the content is no list of blocks');
}

function readReasoning({ reasoningContent }: JsonObject): string {
  return readText(objectOrNull(objectOrNull(reasoningContent)?.reasoningText)?.text);
}

function readToolCall({ toolUse }: JsonObject): ToolCall[] {
  if (toolUse === undefined || toolUse === null) return [];
  if (!isObject(toolUse)) throw new MalformedAnswer('a tool call is no object');
  const { toolUseId, name, input } = toolUse;
  return [
    { id: stringOrNull(toolUseId) ?? '', name: readName(name), arguments: toArguments(input) },
  ];
}

function readEvent(event: unknown, atMs: number): StreamChunk {
  const raw = objectOrNull(event) ?? {};
  const delta = objectOrNull(objectOrNull(raw.contentBlockDelta)?.delta);
  const metadata = objectOrNull(raw.metadata);
  const stop = objectOrNull(raw.messageStop);
  return {
    atMs,
    text: readText(delta?.text),
    reasoning: readText(objectOrNull(delta?.reasoningContent)?.text),
    toolCalls: [
      ...readToolStart(objectOrNull(raw.contentBlockStart)),
      ...readToolDelta(objectOrNull(raw.contentBlockDelta)),
    ],
    id: null,
    role: stringOrNull(objectOrNull(raw.messageStart)?.role),
    stopReason: stop === null ? null : (readStopReason(stop.stopReason) ?? 'other'),
    usage: readUsage(metadata?.usage),
    model: readModel(metadata?.trace),
    raw: event,
  };
}

function readToolStart(start: JsonObject | null): ToolCallFragment[] {
  const tool = objectOrNull(objectOrNull(start?.start)?.toolUse);
  if (tool === null) return [];
  const { toolUseId, name } = tool;
  return [
    {
      index: numberOrNull(start?.contentBlockIndex) ?? 0,
      id: stringOrNull(toolUseId),
      name: stringOrNull(name),
      arguments: '',
    },
  ];
}

function readToolDelta(delta: JsonObject | null): ToolCallFragment[] {
  const tool = objectOrNull(objectOrNull(delta?.delta)?.toolUse);
  if (tool === null) return [];
  const index = numberOrNull(delta?.contentBlockIndex) ?? 0;
  return [{ index, id: null, name: null, arguments: readText(tool.input) }];
}
