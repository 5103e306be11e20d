import type { ChatCompletionRequest } from '@copilotkit/aimock';

import { isObject } from '../../shared/json.js';

/** A request as the simulated model reads it. */
export interface Asked {
  readonly request: ChatCompletionRequest;
  /** The words of the last message. */
  readonly question: string;
  /** The words of all messages before it, one text each. */
  readonly before: readonly string[];
  readonly system: string;
  /** `data:` URLs of the last message's images. */
  readonly images: readonly string[];
  readonly tools: readonly string[];
  /** Name of the tool that has to be called; null: the model is free. */
  readonly forcedTool: string | null;
  readonly stop: readonly string[];
  /** Most tokens of the answer. */
  readonly limit: number;
  /** About four characters a token, as tokenisers do in English; and a few for the envelope. */
  readonly inputTokens: number;
}

export function read(request: ChatCompletionRequest): Asked {
  const texts = request.messages.map(({ content }) => textOf(content));
  const last = request.messages.at(-1);
  const system = request.messages.flatMap(({ role, content }) =>
    role === 'system' ? [textOf(content)] : [],
  );
  const { stop, max_completion_tokens: limit } = request;
  return {
    request,
    question: texts.at(-1) ?? '',
    before: texts.slice(0, -1),
    system: system.join('\n'),
    images: partsOf(last?.content).flatMap((part) =>
      isObject(part.image_url) && typeof part.image_url.url === 'string'
        ? [part.image_url.url]
        : [],
    ),
    tools: request.tools?.map((tool) => tool.function.name) ?? [],
    forcedTool: forced(request.tool_choice),
    stop: [stop].flat().filter((word) => typeof word === 'string'),
    limit: request.max_tokens ?? (typeof limit === 'number' ? limit : Infinity),
    inputTokens: Math.ceil(texts.join('').length / 4) + 7,
  };
}

function forced(choice: unknown): string | null {
  const named = isObject(choice) && isObject(choice.function) ? choice.function.name : null;
  return typeof named === 'string' ? named : null;
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  return partsOf(content)
    .map(({ text }) => (typeof text === 'string' ? text : ''))
    .join('\n');
}

function partsOf(content: unknown): Record<string, unknown>[] {
  return Array.isArray(content) ? content.filter(isObject).map((part) => ({ ...part })) : [];
}
