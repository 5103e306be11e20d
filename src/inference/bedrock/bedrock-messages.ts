import type { ContentBlock, Message as Turn } from '@aws-sdk/client-bedrock-runtime';
import type { AssistantMessage, ContentPart, ImageType, Message } from '../adapter.js';
import { isObject } from '../../shared/json.js';
import { toInput } from './document.js';

const IMAGE_FORMATS = {
  'image/png': 'png',
  'image/jpeg': 'jpeg',
  'image/gif': 'gif',
  'image/webp': 'webp',
} as const satisfies Record<ImageType, string>;

/** The messages as Converse takes them: results of tools are the user's, and turns alternate. */
export function toTurns(messages: readonly Message[]): Turn[] {
  const turns: (Turn & { content: ContentBlock[] })[] = [];
  for (const message of messages) {
    const role = message.role === 'assistant' ? 'assistant' : 'user';
    const last = turns.at(-1);
    if (last?.role === role) last.content.push(...toBlocks(message));
    else turns.push({ role, content: toBlocks(message) });
  }
  return turns;
}

/** Whether the messages hold calls of tools or their results. */
export function hasToolBlocks(messages: readonly Message[]): boolean {
  return messages.some(
    (message) =>
      message.role === 'tool' || (message.role === 'assistant' && !!message.toolCalls?.length),
  );
}

function toBlocks(message: Message): ContentBlock[] {
  if (message.role === 'assistant') return assistantBlocks(message);
  if (message.role === 'user') {
    const { content } = message;
    return typeof content === 'string' ? [{ text: content }] : content.map(toBlock);
  }
  const { toolCallId, content } = message;
  return [{ toolResult: { toolUseId: toolCallId, content: [{ text: content }] } }];
}

function toBlock(part: ContentPart): ContentBlock {
  switch (part.type) {
    case 'text':
      return { text: part.text };
    case 'cache_point':
      return { cachePoint: { type: 'default' } };
    case 'image':
      return { image: { format: IMAGE_FORMATS[part.mediaType], source: { bytes: part.data } } };
  }
}

function assistantBlocks({ text, toolCalls = [], replay }: AssistantMessage): ContentBlock[] {
  if (isReplay(replay)) return [...replay];
  return [
    ...(text === '' ? [] : [{ text }]), // Converse refuses a blank text
    ...toolCalls.map(({ id, name, arguments: args }) => ({
      toolUse: { toolUseId: id, name, input: toInput(args) },
    })),
  ];
}

/** Content blocks of an answer of Bedrock, which are sent back as they came. */
function isReplay(replay: unknown): replay is readonly ContentBlock[] {
  return Array.isArray(replay) && replay.length > 0 && replay.every(isObject);
}
