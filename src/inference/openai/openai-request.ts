import type OpenAI from 'openai';
import type {
  ContentPart,
  InferenceRequest,
  Message,
  ResponseSchema,
  ToolCall,
  ToolChoice,
  ToolDefinition,
} from '../adapter.js';
import type { Dialect } from './dialects.js';

type Body = OpenAI.ChatCompletionCreateParamsNonStreaming;
type StreamedBody = OpenAI.ChatCompletionCreateParamsStreaming;

/** What does not depend on how it is to be answered. */
type Fields = Omit<Body, 'stream' | 'stream_options'>;

/** The request as OpenAI's chat completions take it; what was not asked for is undefined, so not sent. */
export function toBody(request: InferenceRequest, modelId: string, dialect: Dialect): Body {
  return fieldsOf(request, modelId, dialect);
}

/** The same, to be answered with a stream. */
export function toStreamedBody(
  request: InferenceRequest,
  modelId: string,
  dialect: Dialect,
): StreamedBody {
  // To spread the fields would cost a hundred times as much.
  return Object.assign(fieldsOf(request, modelId, dialect), {
    stream: true,
    stream_options: dialect.streamOptions ? { include_usage: true } : undefined,
  } as const);
}

function fieldsOf(request: InferenceRequest, modelId: string, dialect: Dialect): Fields {
  const { system, tools, toolChoice, responseSchema, stop } = request;
  const { reasoning, maxOutputTokens, outputLimitParameter = dialect.outputLimit } = request;
  const inNewWords = outputLimitParameter === 'max_completion_tokens';
  const messages = request.messages.map(toMessage);
  if (system !== undefined) messages.unshift({ role: 'system', content: system });
  const body: Fields = {
    model: modelId,
    messages,
    tools: tools === undefined || tools.length === 0 ? undefined : tools.map(toTool),
    tool_choice: toolChoice === undefined ? undefined : toToolChoice(toolChoice),
    response_format: responseSchema === undefined ? undefined : toFormat(responseSchema),
    stop: stop === undefined || stop.length === 0 ? undefined : [...stop],
    temperature: request.temperature,
    top_p: request.topP,
    max_tokens: inNewWords ? undefined : maxOutputTokens,
    max_completion_tokens: inNewWords ? maxOutputTokens : undefined,
  };
  return reasoning === undefined ? body : Object.assign(body, dialect.reasoning(reasoning));
}

function toMessage(message: Message): OpenAI.ChatCompletionMessageParam {
  if (message.role === 'tool') {
    return { role: 'tool', tool_call_id: message.toolCallId, content: message.content };
  }
  if (message.role === 'user') {
    const { content } = message;
    return {
      role: 'user',
      content: typeof content === 'string' ? content : content.flatMap(toPart),
    };
  }
  const { text, toolCalls = [] } = message;
  return toolCalls.length === 0
    ? { role: 'assistant', content: text }
    : { role: 'assistant', content: text || null, tool_calls: toolCalls.map(toToolCall) };
}

function toPart(part: ContentPart): OpenAI.ChatCompletionContentPart[] {
  if (part.type === 'text') return [{ type: 'text', text: part.text }];
  if (part.type === 'cache_point') return []; // it caches by itself
  const url = `data:${part.mediaType};base64,${Buffer.from(part.data).toString('base64')}`;
  return [{ type: 'image_url', image_url: { url } }];
}

function toToolCall(call: ToolCall): OpenAI.ChatCompletionMessageToolCall {
  return {
    id: call.id,
    type: 'function',
    function: { name: call.name, arguments: call.arguments },
  };
}

function toTool(tool: ToolDefinition): OpenAI.ChatCompletionTool {
  const { name, description, parameters } = tool;
  return { type: 'function', function: { name, description, parameters } };
}

function toToolChoice(choice: ToolChoice): OpenAI.ChatCompletionToolChoiceOption {
  if (typeof choice === 'string') return choice;
  return { type: 'function', function: { name: choice.name } };
}

function toFormat({ name, schema }: ResponseSchema): OpenAI.ResponseFormatJSONSchema {
  return { type: 'json_schema', json_schema: { name, schema, strict: true } };
}
