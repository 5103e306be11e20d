import { inflateSync } from 'node:zlib';

import { isObject, type JsonObject } from '../../src/shared/json.js';
import { completion, json, type ScriptedAnswer } from './scripted-provider.js';

/** What an honest provider's model can do. */
export interface Honesty {
  readonly maxOutputTokens: number;
  readonly maxContextWindow: number;
  /** Ids it knows; default `m-1`. */
  readonly models?: readonly string[];
  /** Remembers prompts; left out: nothing is cached. */
  readonly cache?: PromptCache;
  /** Whether reasoning tokens are counted when reasoning is switched on; default yes. */
  readonly reasons?: boolean;
}

/** An honest answer to a chat completion: refuses what is over its limits, else does as asked. */
export function honestAnswer(body: unknown, honesty: Honesty): ScriptedAnswer {
  const { maxOutputTokens, maxContextWindow, models = ['m-1'] } = honesty;
  const { model } = Object(body);
  if (!models.includes(model)) return modelNotFound(String(model));
  const limit = outputLimitIn(body);
  const prompt = textIn(body);
  const input = tokensIn(prompt);
  if (limit > maxOutputTokens) return outputLimitRefused(limit, maxOutputTokens);
  if (input + limit > maxContextWindow) return contextRefused(input + limit, maxContextWindow);
  const whole = replyTo(body);
  const content = whole.slice(0, limit * CHARS);
  const reasoned = honesty.reasons !== false && Object(body).reasoning_effort !== undefined;
  const output = Math.max(1, tokensIn(content));
  return json(
    completion({ content }, content === whole ? 'stop' : 'length', {
      usage: {
        ...{ prompt_tokens: input, completion_tokens: output, total_tokens: input + output },
        prompt_tokens_details: { cached_tokens: honesty.cache?.tokensRead(body) ?? 0 },
        completion_tokens_details: { reasoning_tokens: reasoned ? 40 : 0 },
      },
    }),
  );
}

/** What a model that can do everything says. */
export function replyTo(body: unknown): string {
  const prompt = textIn(body);
  if (/\b(?:colour of the image|fills the picture)\b/.test(prompt)) {
    return colourIn(body) ?? 'I see no image.';
  }
  const found = needlesIn(prompt);
  if (found.length > 0) return found.join(', ');
  const sum = sumIn(prompt);
  if (sum !== null) return `The result is ${sum}.`;
  if (/Write the numbers from one to one thousand/.test(prompt)) return 'one, two, '.repeat(500);
  return /nothing else: ([a-z]+-\d{4})/.exec(prompt)?.[1] ?? 'I do not understand.';
}

/** Four characters a token. */
const CHARS = 4;

export function tokensIn(text: string): number {
  return Math.ceil(text.length / CHARS);
}

/** All text of the last message. */
export function textIn(body: unknown): string {
  const { content } = lastMessage(body);
  if (typeof content === 'string') return content;
  return partsOf(content)
    .map(({ text }) => (typeof text === 'string' ? text : ''))
    .join('');
}

/** The request with another last message: how a provider loses what it was sent. */
export function withContent(body: unknown, content: unknown): JsonObject {
  return { ...Object(body), messages: [{ role: 'user', content }] };
}

/** The limit on output, by either name; infinite when there is none. */
export function outputLimitIn(body: unknown): number {
  const { max_tokens: old, max_completion_tokens: limit = old } = Object(body);
  return typeof limit === 'number' ? limit : Infinity;
}

const COLOURS: Readonly<Record<string, string>> = {
  ...{ '0,0,0': 'black', '0,0,255': 'blue', '0,128,0': 'green' },
  ...{ '255,0,0': 'red', '255,255,255': 'white', '255,255,0': 'yellow' },
};

/** The colour of the first pixel of the image; null: there is none. */
export function colourIn(body: unknown): string | null {
  const [image] = partsOf(lastMessage(body).content).filter(({ type }) => type === 'image_url');
  if (!image) return null;
  const { url } = Object(image.image_url);
  const png = Buffer.from(String(url).replace('data:image/png;base64,', ''), 'base64');
  const at = png.indexOf('IDAT');
  const pixels = inflateSync(png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4)));
  return COLOURS[pixels.subarray(1, 4).join(',')] ?? 'of some other colour';
}

/** The codes hidden in a long text. */
export function needlesIn(text: string): string[] {
  const needles = text.matchAll(/The (?:red|green|blue) (?:vault code|box label) is ([a-z]+-\d+)/g);
  return [...needles].flatMap(([, code]) => code ?? []);
}

/** The result of a sum such as `(1*2+3) mod 4`; null: there is none. */
export function sumIn(text: string): number | null {
  const found = /\((\d+)\*(\d+)\+(\d+)\) mod (\d+)/.exec(text);
  const [a = 0, b = 0, c = 0, m = 1] = found?.slice(1).map(Number) ?? [];
  return found ? (a * b + c) % m : null;
}

/** Reports a prompt as cached from the second time on, when it is long enough. */
export class PromptCache {
  private readonly seen = new Set<string>();

  constructor(private readonly leastTokens = 1_024) {}

  tokensRead(body: unknown): number {
    const prompt = textIn(body);
    const known = this.seen.has(prompt);
    this.seen.add(prompt);
    const tokens = tokensIn(prompt);
    return known && tokens >= this.leastTokens ? tokens - (tokens % 128) : 0;
  }
}

export function modelNotFound(model: string): ScriptedAnswer {
  const message = `The model \`${model}\` does not exist or you do not have access to it.`;
  return json({ error: { message, type: 'invalid_request_error', code: 'model_not_found' } }, 404);
}

export function outputLimitRefused(asked: number, limit: number): ScriptedAnswer {
  const message = `max_tokens is too large: ${asked}. This model supports at most ${limit} completion tokens, whereas you provided ${asked}.`;
  return json({ error: { message, param: 'max_tokens', code: 'invalid_value' } }, 400);
}

export function contextRefused(asked: number, limit: number): ScriptedAnswer {
  const message = `This model's maximum context length is ${limit} tokens. However, you requested ${asked} tokens.`;
  return json({ error: { message, param: 'messages', code: 'context_length_exceeded' } }, 400);
}

function lastMessage(body: unknown): JsonObject {
  const { messages } = Object(body);
  const last: unknown = Array.isArray(messages) ? messages.at(-1) : undefined;
  return isObject(last) ? last : {};
}

function partsOf(content: unknown): JsonObject[] {
  return Array.isArray(content) ? content.filter(isObject) : [];
}
