import type Anthropic from '@anthropic-ai/sdk';
import type {
  AssistantMessage,
  ContentPart,
  InferenceRequest,
  Message,
  ReasoningEffort,
  ResponseSchema,
  ToolChoice,
  ToolDefinition,
} from '../adapter.js';
import { thinkingFields } from '../claude-thinking.js';
import { InferenceError } from '../inference-error.js';
import { isReplay, toInput } from './anthropic-blocks.js';

type Body = Anthropic.MessageCreateParamsNonStreaming;
type Block = Anthropic.TextBlockParam | Anthropic.ImageBlockParam;

/** The API demands a limit; this one is sent when the request has none. */
export const DEFAULT_MAX_TOKENS = 4_096;

/**
 * The request as the Messages API takes it; nothing that was not asked for is in it, except the
 * limit of output.
 *
 * @throws InferenceError PARAMETER_UNSUPPORTED when the model does not reason, or has no room to in
 *   the output limit
 */
export function toBody(request: InferenceRequest, modelId: string): Body {
  const { system, tools = [], toolChoice, stop, temperature, topP } = request;
  const maxTokens = request.maxOutputTokens ?? DEFAULT_MAX_TOKENS;
  return {
    model: modelId,
    max_tokens: maxTokens,
    ...(system === undefined ? {} : { system }),
    messages: toMessages(request.messages),
    ...(tools.length === 0 ? {} : { tools: tools.map(toTool) }),
    ...(toolChoice === undefined ? {} : { tool_choice: toToolChoice(toolChoice) }),
    ...(stop === undefined ? {} : { stop_sequences: [...stop] }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { top_p: topP }),
    ...thinkingAndFormat(request, maxTokens, modelId),
  };
}

/** Both may write into `output_config`. */
function thinkingAndFormat(
  { reasoning, responseSchema }: InferenceRequest,
  maxTokens: number,
  modelId: string,
): Pick<Body, 'thinking' | 'output_config'> {
  const thinking = reasoning === undefined ? {} : toThinking(reasoning, maxTokens, modelId);
  if (responseSchema === undefined) return thinking;
  const format = toFormat(responseSchema);
  return { ...thinking, output_config: { ...thinking.output_config, format } };
}

function toThinking(
  effort: ReasoningEffort,
  maxTokens: number,
  modelId: string,
): Pick<Body, 'thinking' | 'output_config'> {
  const fields = thinkingFields(modelId, effort, maxTokens);
  if (fields !== null) return fields;
  const message = `${modelId} does not reason.`;
  throw new InferenceError('PARAMETER_UNSUPPORTED', message, { param: 'reasoning' });
}

function toFormat({ schema }: ResponseSchema): Anthropic.JSONOutputFormat {
  return { type: 'json_schema', schema: { ...schema } };
}

/** Results of tools that follow each other are one turn of the user. */
function toMessages(messages: readonly Message[]): Anthropic.MessageParam[] {
  const turns: Anthropic.MessageParam[] = [];
  let results: Anthropic.ToolResultBlockParam[] | null = null;
  for (const message of messages) {
    if (message.role !== 'tool') {
      results = null;
      turns.push(message.role === 'user' ? toUserTurn(message.content) : toAssistantTurn(message));
      continue;
    }
    if (results === null) {
      results = [];
      turns.push({ role: 'user', content: results });
    }
    const { toolCallId, content } = message;
    results.push({ type: 'tool_result', tool_use_id: toolCallId, content });
  }
  return turns;
}

function toUserTurn(content: string | readonly ContentPart[]): Anthropic.MessageParam {
  if (typeof content === 'string') return { role: 'user', content };
  const blocks: Block[] = [];
  for (const part of content) {
    const last = blocks.at(-1);
    if (part.type !== 'cache_point') blocks.push(toBlock(part));
    else if (last !== undefined) last.cache_control = { type: 'ephemeral' };
  }
  return { role: 'user', content: blocks };
}

function toBlock(part: Exclude<ContentPart, { type: 'cache_point' }>): Block {
  if (part.type === 'text') return { type: 'text', text: part.text };
  const data = Buffer.from(part.data).toString('base64');
  return { type: 'image', source: { type: 'base64', media_type: part.mediaType, data } };
}

function toAssistantTurn(message: AssistantMessage): Anthropic.MessageParam {
  const { text, toolCalls = [], replay } = message;
  if (isReplay(replay)) return { role: 'assistant', content: replay };
  if (toolCalls.length === 0) return { role: 'assistant', content: text };
  const calls = toolCalls.map(({ id, name, arguments: written }) => {
    return { type: 'tool_use' as const, id, name, input: toInput(written) };
  });
  // A block of empty text is an error.
  const said = text === '' ? [] : [{ type: 'text' as const, text }];
  return { role: 'assistant', content: [...said, ...calls] };
}

function toTool({ name, description, parameters }: ToolDefinition): Anthropic.Tool {
  return { name, description, input_schema: { ...parameters, type: 'object' } };
}

function toToolChoice(choice: ToolChoice): Anthropic.ToolChoice {
  if (typeof choice === 'object') return { type: 'tool', name: choice.name };
  return { type: choice === 'required' ? 'any' : choice };
}
