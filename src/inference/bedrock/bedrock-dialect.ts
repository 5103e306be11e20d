import type { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import type { InferenceAnswer, InferenceRequest, StreamChunk } from '../adapter.js';
import type { Speaker } from '../speaker.js';
import type { AwsCall } from './aws-call.js';

/** What is sent, to whom, and the call it is a part of. */
export interface Asked {
  readonly client: BedrockRuntimeClient;
  readonly modelId: string;
  readonly request: InferenceRequest;
  readonly call: AwsCall;
}

/** The part of an answer that the dialect says; the rest is the same in all. */
export type Said = Omit<InferenceAnswer, 'region' | 'requestId' | 'totalMs'>;

/** One of Bedrock's ways to be asked. What it reads of answers is hostile. */
export interface Dialect {
  /** Sends, and gives what the SDK made of the whole answer. */
  readonly ask: (asked: Asked) => Promise<unknown>;
  /** @throws MalformedAnswer, or InferenceError PROTOCOL_ERROR when it is no answer */
  readonly readAnswer: (output: unknown, speaker: Speaker, text: string) => Said;
  /** Sends, and gives the events that the SDK reads as they are taken. */
  readonly askForStream: (asked: Asked) => Promise<AsyncIterable<unknown>>;
  /** @throws MalformedAnswer when a field has a wrong type */
  readonly readEvent: (event: unknown, atMs: number) => StreamChunk;
  /** `replay` of the answer that the events make. */
  readonly replay: (events: readonly unknown[]) => unknown;
}
