import { isObject } from '../../src/shared/json.js';
import { json, type RecordedRequest, type ScriptedAnswer } from './scripted-provider.js';

const PIECES = 10;
const CHARACTERS_PER_TOKEN = 4;

/** What a model says that does all it is asked by the suite, in OpenAI's words. */
export type Said =
  | { readonly status: number; readonly json: string }
  /** The events of a stream, the last of which ends it. */
  | { readonly events: readonly string[] };

/** Answers the body of a chat completion. */
export function obedientAnswer(body: Record<string, unknown>): Said {
  const message = replyTo(body);
  const tokens = Math.ceil(lengthOf(body) / CHARACTERS_PER_TOKEN);
  if (body.stream === true) return { events: eventsOf(message, tokens) };
  const known = !textOf(body.model).endsWith('-does-not-exist');
  return {
    status: known ? 200 : 404,
    json: JSON.stringify(known ? completion(message, tokens) : UNKNOWN_MODEL),
  };
}

/** The script of such a model, whose every answer takes some time; a stream half of it in the middle. */
export function obedient(answerMs: number): (request: RecordedRequest) => ScriptedAnswer {
  return ({ body }) => {
    const said = obedientAnswer(isObject(body) ? { ...body } : {});
    if (!('events' in said)) {
      const { body: whole = [], ...answer } = json(said.json, said.status);
      return { ...answer, beforeMs: answerMs, body: whole };
    }
    const half = said.events.length / 2;
    return {
      headers: { 'content-type': 'text/event-stream' },
      body: [said.events.slice(0, half).join(''), answerMs, said.events.slice(half).join('')],
    };
  };
}

const UNKNOWN_MODEL = { error: { message: 'No such model', code: 'model_not_found' } };

interface Reply {
  readonly content: string | null;
  readonly reason?: 'length';
  readonly tool_calls?: readonly object[];
}

function textOf(content: unknown): string {
  return typeof content === 'string' ? content : '';
}

/** What a model that does all it is asked says to the questions of the suite. */
function replyTo(body: Record<string, unknown>): Reply {
  const messages = Array.isArray(body.messages) ? body.messages.filter(isObject) : [];
  const question = textOf(messages.at(-1)?.content);
  const result = messages.findLast(({ role }) => role === 'tool')?.content;
  if (result !== undefined) return { content: textOf(result) };
  const asked = /code (\S+), quantity (\d+)/.exec(question);
  if (asked) {
    const [, code, quantity] = asked;
    const values = JSON.stringify({ code, quantity: Number(quantity), unit: 'kg' });
    const call = { name: nameOfTool(body.tools), arguments: values };
    return {
      content: null,
      tool_calls: [{ id: `call_${code}`, type: 'function', function: call }],
    };
  }
  if (question.includes('from one to one thousand'))
    return { content: 'one, two', reason: 'length' };
  const codes = question.match(/vault code is ([a-z]+-\d{4})/g);
  if (codes) return { content: codes.join(', ') };
  const token = /[a-z]+-\d{4}/.exec(question)?.[0] ?? 'no token';
  const numbers = Array.from({ length: 40 }, (_, index) => index + 1).join(' ');
  return {
    content: question.startsWith('Count') ? `${numbers} ${token}` : `${token}, by a river.`,
  };
}

function nameOfTool(tools: unknown): string {
  const [tool]: unknown[] = Array.isArray(tools) ? tools : [];
  const described = isObject(tool) ? tool.function : null;
  return isObject(described) ? String(described.name) : '';
}

function completion({ reason, ...message }: Reply, inputTokens: number): object {
  const finish_reason = reason ?? (message.tool_calls ? 'tool_calls' : 'stop');
  const choice = { index: 0, message: { role: 'assistant', ...message }, finish_reason };
  const head = { id: 'chatcmpl-1', object: 'chat.completion', ...common(message, inputTokens) };
  return { ...head, choices: [choice] };
}

function eventsOf(message: Reply, inputTokens: number): string[] {
  const text = message.content ?? '';
  const length = Math.ceil(text.length / PIECES);
  const chunk = (more: object) =>
    `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', ...more })}\n\n`;
  const choice = (delta: object, finish_reason: string | null) =>
    chunk({ model: 'obedient-1', choices: [{ index: 0, delta, finish_reason }] });
  return [
    choice({ role: 'assistant', content: '' }, null),
    ...Array.from({ length: PIECES }, (_, index) =>
      choice({ content: text.slice(index * length, (index + 1) * length) }, null),
    ),
    choice({}, 'stop'),
    chunk({ ...common(message, inputTokens), choices: [] }),
    'data: [DONE]\n\n',
  ];
}

/** Of all messages, in characters. */
function lengthOf({ messages }: Record<string, unknown>): number {
  const texts = Array.isArray(messages) ? messages.filter(isObject) : [];
  return texts.reduce((sum, { content }) => sum + textOf(content).length, 0);
}

function common({ content }: Reply, prompt_tokens: number) {
  const completion_tokens = Math.ceil((content ?? 'call').length / CHARACTERS_PER_TOKEN);
  const total_tokens = prompt_tokens + completion_tokens;
  return { model: 'obedient-1', usage: { prompt_tokens, completion_tokens, total_tokens } };
}
