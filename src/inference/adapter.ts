/** A JSON Schema document. */
export type JsonSchema = { readonly [key: string]: unknown };

/** Where a call goes and with which secret. Resolved for each call, never stored. */
export interface InferenceTarget {
  /** `Provider.slug`; names the provider in errors. */
  readonly providerSlug: string;
  /** `Provider.authType`. */
  readonly authType: string | null;
  /** `Provider.baseUrl`; null: the adapter's own default address. */
  readonly baseUrl: string | null;
  /** Null: the provider asks for none. */
  readonly apiKey: string | null;
  /** `ModelDeployment.deploymentId`, sent as it is. */
  readonly modelId: string;
  /** The region asked for, or `global`. */
  readonly region: string;
}

export type ContentPart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image'; readonly mediaType: 'image/png'; readonly data: Uint8Array };

export type Message =
  | { readonly role: 'user'; readonly content: string | readonly ContentPart[] }
  | { readonly role: 'assistant'; readonly text: string; readonly toolCalls?: readonly ToolCall[] }
  | { readonly role: 'tool'; readonly toolCallId: string; readonly content: string };

export interface ToolDefinition {
  readonly name: string;
  readonly description: string;
  /** Schema of the arguments. */
  readonly parameters: JsonSchema;
}

export interface ToolCall {
  /** Empty when the provider sent none. */
  readonly id: string;
  readonly name: string;
  /** The arguments as the provider wrote them: JSON text, not yet parsed and perhaps not valid. */
  readonly arguments: string;
}

/** How the limit on output tokens is called: newer OpenAI models reject the older name. */
export type OutputLimitParameter = 'max_tokens' | 'max_completion_tokens';

/** What is asked of a model. A parameter left out is not sent at all. */
export interface InferenceRequest {
  readonly system?: string;
  readonly messages: readonly Message[];
  readonly tools?: readonly ToolDefinition[];
  /** Upper bound of the output, in tokens. */
  readonly maxOutputTokens?: number;
  /** Default `max_tokens`. */
  readonly outputLimitParameter?: OutputLimitParameter;
  /** Time for the whole call, in milliseconds; default one minute. Not sent. */
  readonly timeoutMs?: number;
}

/** Why the model stopped; `other` keeps the provider's word in `raw`, null: it gave no reason. */
export type StopReason = 'stop' | 'length' | 'tool_calls' | 'content_filter' | 'other' | null;

/** Tokens as the provider reported them, each exactly as sent; null: not reported. */
export interface Usage {
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly totalTokens: number | null;
  readonly reasoningTokens: number | null;
  readonly cachedInputTokens: number | null;
}

/** One answer, whole. */
export interface InferenceAnswer {
  readonly text: string;
  readonly toolCalls: readonly ToolCall[];
  readonly stopReason: StopReason;
  /** Null: the provider reported none. */
  readonly usage: Usage | null;
  /** The model that answered, by its own word. */
  readonly model: string | null;
  /** The region that answered, where the provider says so. */
  readonly region: string | null;
  readonly requestId: string | null;
  /** From sending to the last byte, in milliseconds of the monotonic clock. */
  readonly totalMs: number;
  /** The provider's payload, untouched: the parsed body, or the parsed stream events in order. */
  readonly raw: unknown;
}

/** One event of a stream, as it came. */
export interface StreamChunk {
  /** Since the request was sent, in milliseconds of the monotonic clock. */
  readonly atMs: number;
  /** Text of this event; empty when it carries none. */
  readonly text: string;
  /** Reasoning text of this event, where the provider shows it. */
  readonly reasoning: string;
  readonly toolCalls: readonly ToolCallFragment[];
  /** Id the event belongs to, its role field and its stop reason, where present. */
  readonly id: string | null;
  readonly role: string | null;
  readonly stopReason: StopReason;
  readonly usage: Usage | null;
  readonly model: string | null;
  readonly raw: unknown;
}

export interface ToolCallFragment {
  readonly index: number;
  readonly id: string | null;
  readonly name: string | null;
  readonly arguments: string;
}

/** A stream's end: everything put together, and the events it was made of. */
export interface StreamedAnswer extends InferenceAnswer {
  readonly chunks: readonly StreamChunk[];
  /** To the first event with text, reasoning or a tool call; null: there was none. */
  readonly firstTokenMs: number | null;
}

/**
 * Speaks to one kind of provider. Both calls make exactly one request: retrying is the caller's
 * decision. They fail only with InferenceError, an abort through `signal` included.
 */
export interface Adapter {
  readonly kind: string;
  invoke(
    target: InferenceTarget,
    request: InferenceRequest,
    signal: AbortSignal,
  ): Promise<InferenceAnswer>;
  /** Yields each event as it arrives; the iterator's return value is the whole answer. */
  stream(
    target: InferenceTarget,
    request: InferenceRequest,
    signal: AbortSignal,
  ): AsyncGenerator<StreamChunk, StreamedAnswer>;
}
