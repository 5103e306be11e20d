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

/** The request as OpenAI's chat completions take it; nothing that was not asked for is in it. */
export function toBody(request: InferenceRequest, modelId: string, dialect: Dialect): Body {
  const { system, tools, toolChoice, responseSchema, stop, temperature, topP } = request;
  const { reasoning, maxOutputTokens, outputLimitParameter = dialect.outputLimit } = request;
  return {
    model: modelId,
    messages: [
      ...(system === undefined ? [] : [{ role: 'system' as const, content: system }]),
      ...request.messages.map(toMessage),
    ],
    ...(tools === undefined || tools.length === 0 ? {} : { tools: tools.map(toTool) }),
    ...(toolChoice === undefined ? {} : { tool_choice: toToolChoice(toolChoice) }),
    ...(responseSchema === undefined ? {} : { response_format: toFormat(responseSchema) }),
    ...(stop === undefined || stop.length === 0 ? {} : { stop: [...stop] }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { top_p: topP }),
    ...(reasoning === undefined ? {} : dialect.reasoning(reasoning)),
    ...(maxOutputTokens === undefined ? {} : { [outputLimitParameter]: maxOutputTokens }),
  };
}

/** The same, to be answered with a stream. */
export function toStreamedBody(
  request: InferenceRequest,
  modelId: string,
  dialect: Dialect,
): StreamedBody {
  return {
    ...toBody(request, modelId, dialect),
    stream: true,
    ...(dialect.streamOptions ? { stream_options: { include_usage: true } } : {}),
  };
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
