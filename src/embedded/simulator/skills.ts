import { inflateSync } from 'node:zlib';

import type { ErrorResponse, TextResponse, ToolCallResponse } from '@copilotkit/aimock';

import type { Asked } from './asked.js';

type Answer = TextResponse | ToolCallResponse | ErrorResponse;

/** What the simulated model answers where the skill is called for, else null. */
type Skill = (asked: Asked) => Answer | null;

/** The longest answer the simulated model gives, in tokens. */
export const LONGEST_ANSWER = 16_384;

/**
 * What the simulated model can do, by the name of the capability, tried in this order. It
 * understands the questions of the suite by their words, the way a small model would.
 */
export const SKILLS = {
  maxOutputTokens: ({ question, limit }) => {
    if (limit > LONGEST_ANSWER) return tooLong(LONGEST_ANSWER);
    if (!/from one to one thousand/.test(question)) return null;
    const content = numbers(Math.max(1, limit / 2));
    return { content, finishReason: 'length', usage: { completion_tokens: limit } };
  },

  vision: ({ images, question }) => {
    const [image] = images;
    return image && question.includes('colour') ? { content: colourOf(image) } : null;
  },

  toolChoice: ({ forcedTool }) =>
    forcedTool === null ? null : call(forcedTool, { code: 'none', quantity: 1, unit: 'kg' }),

  parallelToolCalls: ({ tools, question }) => {
    const cities = /temperature of (.+)\. Issue/.exec(question)?.[1]?.split(/, | and /);
    if (!tools.includes('get_temperature') || !cities) return null;
    return { toolCalls: cities.map((city) => toolCall('get_temperature', { city })) };
  },

  streamingToolUse: ({ request, tools, question }) =>
    request.stream ? record(tools, question) : null,

  functionCalling: ({ request, tools, question }) =>
    request.stream ? null : record(tools, question),

  toolResult: ({ question, before }) => {
    if (!/receipt/i.test(question)) return null;
    const receipt = before.map((text) => /"receipt":"([^"]+)"/.exec(text)?.[1]).find(Boolean);
    return { content: receipt ?? 'I have no receipt.' };
  },

  structuredOutput: ({ request, question }) => {
    const [, color, code, count] =
      /A (\w+) label says that crate (\S+) holds (\d+) bottles/.exec(question) ?? [];
    if (!request.response_format || !code) return null;
    return { content: JSON.stringify({ code, count: Number(count), color }) };
  },

  reasoning: ({ request, question }) => {
    const result = remainder(question);
    if (result === null || request.reasoning_effort === undefined) return null;
    return {
      content: String(result),
      reasoning: 'First the product, then the sum, then the rest.',
    };
  },

  systemPrompt: ({ system }) => {
    const code = /with the code (\S+?)\.?$/.exec(system)?.[1];
    return code ? { content: `Mars. ${code}` } : null;
  },

  multiTurn: ({ question, before }) => {
    if (!question.startsWith('What is my locker code')) return null;
    return { content: token(before.join('\n')) ?? 'I do not know.' };
  },

  stopSequences: ({ question, stop }) => {
    const [word] = stop;
    const line = /exactly: (.+)$/.exec(question)?.[1];
    return word && line ? { content: line.split(word)[0]?.trimEnd() ?? '' } : null;
  },

  maxContextWindow: ({ question, inputTokens }) => needles(question, inputTokens),
} as const satisfies Record<string, Skill>;

export type SkillName = keyof typeof SKILLS;

/** What the model says where it has no skill for the question, or was made without it. */
export function plainly({ question, stop, inputTokens }: Asked): Answer {
  const line = /exactly: (.+)$/.exec(question)?.[1];
  if (line && stop.length > 0) return { content: line };
  if (question.startsWith('Count from 1 to 40')) {
    return { content: `${numbers(40)} ${token(question)}` };
  }
  if (/vault code/.test(question)) {
    // As a backend that drops the beginning of a long prompt.
    const kept = question.slice(question.length / 2);
    return needles(kept, Math.ceil(inputTokens / 2)) ?? { content: 'I find none.' };
  }
  if (/image/.test(question)) return { content: 'I see no image.' };
  if (/temperature of/.test(question)) {
    return call('get_temperature', { city: 'Oslo' });
  }
  const rest = remainder(question);
  if (rest !== null) return { content: String(rest) };
  if (/measurement/.test(question)) {
    return { content: 'Certainly, I have recorded the measurement.' };
  }
  if (/Summarise/.test(question)) {
    const content =
      'The text describes a river. It passes an old mill. It flows on towards the harbour.';
    return { content };
  }
  return { content: token(question) ?? 'I do not understand the question.' };
}

/** OpenAI's refusal of an output limit. */
export function tooLong(most: number): ErrorResponse {
  const message = `max_tokens is too large. This model supports at most ${most} completion tokens.`;
  return {
    error: { message, type: 'invalid_request_error', param: 'max_tokens', code: 'invalid_value' },
    status: 400,
  };
}

function record(tools: readonly string[], question: string): Answer | null {
  const [, code, quantity] = /code (\S+), quantity (\d+), unit kg/.exec(question) ?? [];
  const [tool] = tools;
  return tool && code ? call(tool, { code, quantity: Number(quantity), unit: 'kg' }) : null;
}

function call(name: string, values: object): ToolCallResponse {
  return { toolCalls: [toolCall(name, values)] };
}

let calls = 0;

function toolCall(name: string, values: object) {
  calls += 1;
  return { id: `call_${calls}`, name, arguments: JSON.stringify(values) };
}

function needles(text: string, inputTokens: number): TextResponse | null {
  const codes = [...text.matchAll(/The (?:red|green|blue) vault code is ([a-z]+-\d{4})/g)];
  if (codes.length === 0) return null;
  const content = codes.map(([, code]) => code).join(', ');
  return { content, usage: { prompt_tokens: inputTokens } };
}

function remainder(question: string): number | null {
  const [, a, b, c, m] = /\((\d+)\*(\d+)\+(\d+)\) mod (\d+)/.exec(question) ?? [];
  return m === undefined ? null : (Number(a) * Number(b) + Number(c)) % Number(m);
}

function numbers(count: number): string {
  return Array.from({ length: count }, (_, index) => index + 1).join(' ');
}

function token(text: string): string | null {
  return /[a-z]+-\d{4}/.exec(text)?.[0] ?? null;
}

const COLOURS = {
  black: [0, 0, 0],
  blue: [0, 0, 255],
  green: [0, 128, 0],
  red: [255, 0, 0],
  white: [255, 255, 255],
  yellow: [255, 255, 0],
} as const;

/** The colour that the first pixel of a PNG comes nearest to. */
function colourOf(url: string): string {
  const png = Buffer.from(url.slice(url.indexOf(',') + 1), 'base64');
  const start = png.indexOf('IDAT') + 4;
  const pixels = inflateSync(png.subarray(start, start + png.readUInt32BE(start - 8)));
  const seen = [...pixels.subarray(1, 4)];
  const distance = (colour: readonly number[]) =>
    colour.reduce((sum, value, index) => sum + Math.abs(value - (seen[index] ?? 0)), 0);
  const [nearest] = Object.entries(COLOURS).toSorted(([, a], [, b]) => distance(a) - distance(b));
  return nearest?.[0] ?? 'none';
}
