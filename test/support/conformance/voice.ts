import type { AuthorizedTarget, ToolCall } from '../../../src/inference/adapter.js';
import type { ScriptedAnswer } from '../scripted-provider.js';

/** What a model says, whatever the protocol. */
export interface Said {
  /** Streamed word by word. */
  readonly text?: string;
  readonly toolCall?: ToolCall;
  /** Whether the usage is told: 11 tokens in, 7 out. Default true. */
  readonly usage?: boolean;
}

type Piece = string | Uint8Array;

/** A stream, cut where the protocol says that the model has stopped. */
export interface Streamed {
  readonly headers: Readonly<Record<string, string>>;
  readonly events: readonly Piece[];
  readonly stop: readonly Piece[];
}

/** What a refusal means, whatever the protocol. */
export type Meaning =
  | 'wrong key'
  | 'no access'
  | 'unknown model'
  | 'no on-demand'
  | 'too long'
  | 'too fast'
  | 'used up for today'
  | 'overloaded';

/** How a protocol words a refusal. */
export interface Refused {
  readonly means: Meaning;
  readonly status: number;
  readonly code: string;
  readonly words: string;
}

/** Writes the answers of one protocol, so that one suite can judge every adapter. */
export interface Voice {
  readonly name: string;
  /** `Adapter.kind` of who understands it. */
  readonly kind: string;
  /** Where a provider with this protocol is called, and with which secrets. */
  readonly target: (origin: string) => AuthorizedTarget;
  readonly secrets: readonly string[];
  readonly paths: { readonly whole: string; readonly streamed: string };
  readonly requestIdHeader: string;
  readonly whole: (said: Said) => object;
  readonly stream: (said: Said) => Streamed;
  /** Events without any output that may come before all others. */
  readonly preamble: readonly Piece[];
  /** An event that cannot be read. */
  readonly garbled: Piece;
  readonly refusals: readonly Refused[];
  readonly refuse: (refused: Refused, headers: Readonly<Record<string, string>>) => ScriptedAnswer;
}

/** A refusal, in one line of a list. */
export function refused(means: Meaning, status: number, code: string, words: string): Refused {
  return { means, status, code, words };
}

/** The words of a text, each with the space before it. */
export function wordsOf(text: string): string[] {
  return text.split(/(?= )/);
}
