/** A JSON Schema document. */
export type JsonSchema = { readonly [key: string]: unknown };

/** Where a call goes. It holds no secret, so it may be kept and logged. */
export interface InferenceTarget {
  /** `Provider.slug`; names the provider in errors and its credentials in the environment. */
  readonly providerSlug: string;
  /** `Provider.authType`. */
  readonly authType: string | null;
  /** `Provider.baseUrl`; null: the adapter's own default address. */
  readonly baseUrl: string | null;
  /** What the provider calls the model, sent as it is. */
  readonly modelId: string;
  /** The region asked for, or `global`. */
  readonly region: string;
  /** Version of the provider's API, where it has several (Azure); null: the adapter's default. */
  readonly apiVersion: string | null;
  /** The user whose own credentials are used where they stored some; left out: nobody's. */
  readonly onBehalfOf?: string;
}

/** What proves who calls; resolved for each call, never stored. */
export type Credentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'api_key'; readonly apiKey: string }
  /** A token of Microsoft Entra ID. */
  | { readonly kind: 'entra'; readonly token: string }
  | {
      readonly kind: 'aws';
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
      readonly sessionToken?: string;
    };

/** A target with what it takes to call it. */
export interface AuthorizedTarget extends InferenceTarget {
  readonly credentials: Credentials;
}

export type ContentPart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image'; readonly mediaType: ImageType; readonly data: Uint8Array }
  /** What stands before it should be cached; nothing where caching needs no such mark. */
  | { readonly type: 'cache_point' };

export type ImageType = 'image/png' | 'image/jpeg' | 'image/gif' | 'image/webp';

export type Message =
  | { readonly role: 'user'; readonly content: string | readonly ContentPart[] }
  | AssistantMessage
  | { readonly role: 'tool'; readonly toolCallId: string; readonly content: string };

export interface AssistantMessage {
  readonly role: 'assistant';
  readonly text: string;
  readonly toolCalls?: readonly ToolCall[];
  /** `InferenceAnswer.replay` of the answer this turn was, for providers that want it unchanged. */
  readonly replay?: unknown;
}

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

/** Whether a tool is called: the model decides, some tool, none, or the named one. */
export type ToolChoice = 'auto' | 'required' | 'none' | { readonly name: string };

/** The JSON an answer has to be. */
export interface ResponseSchema {
  /** Letters, digits, `_` and `-`. */
  readonly name: string;
  readonly schema: JsonSchema;
}

/** How much a model should think before it answers. */
export type ReasoningEffort = 'low' | 'medium' | 'high';

/** What is asked of a model. A parameter left out is not sent at all. */
export interface InferenceRequest {
  readonly system?: string;
  readonly messages: readonly Message[];
  readonly tools?: readonly ToolDefinition[];
  /** Left out: the provider's default, which is `auto`. */
  readonly toolChoice?: ToolChoice;
  readonly responseSchema?: ResponseSchema;
  /** Texts that end the answer, which does not contain them. */
  readonly stop?: readonly string[];
  readonly temperature?: number;
  readonly topP?: number;
  /** Switches reasoning on, by the provider's own field. */
  readonly reasoning?: ReasoningEffort;
  /** Upper bound of the output, in tokens. */
  readonly maxOutputTokens?: number;
  /** Default `max_tokens`. */
  readonly outputLimitParameter?: OutputLimitParameter;
  /** Time for the whole call, in milliseconds; left out, that of the egress. Not sent. */
  readonly timeoutMs?: number;
}

/**
 * Why the model stopped. `length`: the output limit; `context`: the model's window was full;
 * `malformed`: the provider could not read what the model wrote; `other` keeps the provider's word in `raw`, null: it gave no reason.
 */
export type StopReason =
  'stop' | 'length' | 'context' | 'tool_calls' | 'content_filter' | 'malformed' | 'other' | null;

/** Tokens as the provider reported them; null: not reported. */
export interface Usage {
  /** All input, what was read from the cache or written to it included. */
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly totalTokens: number | null;
  readonly reasoningTokens: number | null;
  /** Read from the provider's cache. */
  readonly cachedInputTokens: number | null;
  /** Written to the provider's cache. */
  readonly cacheWriteTokens: number | null;
}

/** One answer, whole. */
export interface InferenceAnswer {
  readonly text: string;
  /** What the model thought, where the provider shows it; else empty. */
  readonly reasoning: string;
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
  /**
   * The assistant's turn as the provider wants it back (signed thinking blocks); null: text and
   * tool calls say it all.
   */
  readonly replay: unknown;
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

/** What a provider says of a model without invoking it. */
export interface Standing {
  /** Whether it can be invoked as the target says; null: that could not be found out. */
  readonly usable: boolean | null;
  /** Why not, as a sentence; null: it is usable. */
  readonly reason: string | null;
  /** Null: not told. */
  readonly lifecycle: 'ACTIVE' | 'LEGACY' | null;
}

/**
 * Speaks to one kind of provider. Both calls make exactly one request: retrying is the caller's
 * decision. They fail only with InferenceError, an abort through `signal` included.
 */
export interface Adapter {
  readonly kind: string;
  invoke(
    target: AuthorizedTarget,
    request: InferenceRequest,
    signal: AbortSignal,
  ): Promise<InferenceAnswer>;
  /** Yields the events as they arrive, those that came together at once; returns the whole answer. */
  stream(
    target: AuthorizedTarget,
    request: InferenceRequest,
    signal: AbortSignal,
  ): AsyncGenerator<readonly StreamChunk[], StreamedAnswer>;
  /** Asks for free what the provider knows of the model; absent where there is nobody to ask. */
  standing?(target: AuthorizedTarget, signal: AbortSignal): Promise<Standing>;
}
