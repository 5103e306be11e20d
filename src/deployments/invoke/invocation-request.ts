import type { ContentPart, InferenceRequest, Message } from '../../inference/adapter.js';
import { REASONING_EFFORTS } from '../../models/params.dto.js';
import { numberOrNull, objectOrNull } from '../../shared/json.js';
import type { InvocationInput } from './invocation-input.dto.js';
import type {
  AssistantMessage,
  ImagePart,
  TextPart,
  ToolMessage,
  UserMessage,
} from './message.dto.js';

/** Where what an input leaves out comes from. */
export interface Defaults {
  /** `ModelDeployment.customParams`, which come before … */
  readonly customParams: unknown;
  /** … `BaseModel.defaultParams`. */
  readonly defaultParams: unknown;
  /** The longest answer the model is claimed to write. */
  readonly maxOutputTokens: number;
}

type Settings = Pick<
  InferenceRequest,
  'temperature' | 'topP' | 'maxOutputTokens' | 'stop' | 'reasoning'
>;

/** What is asked of the provider: the input, and for what it leaves out the stored parameters. */
export function requestOf(input: InvocationInput, defaults: Defaults): InferenceRequest {
  const { prompt, messages, system, tools, toolChoice, responseSchema, timeoutMs } = input;
  const settings = {
    ...paramsOf(defaults.defaultParams),
    ...paramsOf(defaults.customParams),
    ...settingsOf(input),
  };
  const { maxOutputTokens: most } = settings;
  return {
    messages: messages?.map(messageOf) ?? [{ role: 'user', content: prompt ?? '' }],
    ...(system !== undefined && { system }),
    ...(tools && tools.length > 0 && { tools, ...(toolChoice !== undefined && { toolChoice }) }),
    ...(responseSchema && { responseSchema }),
    ...settings,
    ...(most !== undefined && { maxOutputTokens: Math.min(most, defaults.maxOutputTokens) }),
    ...(timeoutMs !== undefined && { timeoutMs }),
  };
}

function settingsOf(input: InvocationInput): Settings {
  const { temperature, topP, maxOutputTokens, stop, reasoning } = input;
  return {
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    ...(stop && { stop }),
    ...(reasoning && { reasoning }),
  };
}

/** The settings among stored parameters; the others have no place in a request. */
function paramsOf(stored: unknown): Settings {
  const params = objectOrNull(stored) ?? {};
  const temperature = numberOrNull(params.temperature);
  const topP = numberOrNull(params.topP);
  const maxOutputTokens = numberOrNull(params.maxTokens);
  const { stopSequences } = params;
  const reasoning = Object.values(REASONING_EFFORTS).find((effort) => effort === params.reasoning);
  return {
    ...(temperature !== null && { temperature }),
    ...(topP !== null && { topP }),
    ...(maxOutputTokens !== null && { maxOutputTokens }),
    ...(Array.isArray(stopSequences) && { stop: stopSequences.map(String) }),
    ...(reasoning && { reasoning }),
  };
}

function messageOf(message: UserMessage | AssistantMessage | ToolMessage): Message {
  switch (message.role) {
    case 'user':
      return { role: 'user', content: contentOf(message) };
    case 'assistant':
      return { role: 'assistant', text: message.content, toolCalls: message.toolCalls };
    case 'tool':
      return { role: 'tool', toolCallId: message.toolCallId, content: message.content };
  }
}

/** A single text stays a text: some providers take nothing else. */
function contentOf({ content }: UserMessage): string | ContentPart[] {
  const [first, ...more] = content;
  return first?.type === 'text' && more.length === 0 ? first.text : content.map(partOf);
}

function partOf(part: TextPart | ImagePart): ContentPart {
  if (part.type === 'text') return { type: 'text', text: part.text };
  return { type: 'image', mediaType: part.mediaType, data: Buffer.from(part.data, 'base64') };
}
