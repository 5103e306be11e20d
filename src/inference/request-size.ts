import { jsonText } from '../shared/json.js';
import type { ContentPart, InferenceRequest, Message } from './adapter.js';

/** What an estimate of tokens starts from. */
export interface RequestSize {
  /** Of all texts, and of tools and schemas as JSON. */
  readonly characters: number;
  readonly images: number;
}

/** How much a request sends. */
export function sizeOf(request: InferenceRequest): RequestSize {
  const { system = '', messages, tools = [], responseSchema = null } = request;
  const schemas = [...tools, ...(responseSchema ? [responseSchema] : [])];
  return {
    characters:
      system.length +
      sum(messages.map(charactersOf)) +
      sum(schemas.map((schema) => JSON.stringify(schema).length)),
    images: messages.flatMap(partsOf).filter(({ type }) => type === 'image').length,
  };
}

function charactersOf(message: Message): number {
  if (message.role === 'assistant') {
    const { text, toolCalls = [], replay } = message;
    const called = toolCalls.map(({ name, arguments: args }) => name.length + args.length);
    return text.length + sum(called) + (jsonText(replay)?.length ?? 0);
  }
  return typeof message.content === 'string'
    ? message.content.length
    : sum(message.content.map((part) => (part.type === 'text' ? part.text.length : 0)));
}

function partsOf(message: Message): readonly ContentPart[] {
  return message.role === 'user' && typeof message.content !== 'string' ? message.content : [];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
