import type OpenAI from 'openai';
import type {
  ContentPart,
  InferenceRequest,
  Message,
  ToolCall,
  ToolDefinition,
} from '../adapter.js';

type Body = OpenAI.ChatCompletionCreateParamsNonStreaming;

/** The request as OpenAI's chat completions take it; nothing that was not asked for is in it. */
export function toBody(request: InferenceRequest, modelId: string): Body {
  const { system, tools, maxOutputTokens, outputLimitParameter = 'max_tokens' } = request;
  return {
    model: modelId,
    messages: [
      ...(system === undefined ? [] : [{ role: 'system' as const, content: system }]),
      ...request.messages.map(toMessage),
    ],
    ...(tools === undefined || tools.length === 0 ? {} : { tools: tools.map(toTool) }),
    ...(maxOutputTokens === undefined ? {} : { [outputLimitParameter]: maxOutputTokens }),
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
