import { converse, event, frame, refusal } from '../aws-event-stream.js';
import { KEYS, SONNET } from '../bedrock-harness.js';
import { refused, wordsOf, type Said, type Streamed, type Voice } from './voice.js';

const PATH = `/model/${encodeURIComponent(SONNET)}`;
const USAGE = { inputTokens: 11, outputTokens: 7, totalTokens: 18 };

/** Bedrock's Converse and ConverseStream. */
export const BEDROCK: Voice = {
  name: 'Bedrock',
  kind: 'bedrock',
  target: (origin) => ({
    providerSlug: 'bedrock',
    authType: 'aws_credentials',
    baseUrl: origin,
    credentials: KEYS,
    apiVersion: null,
    modelId: SONNET,
    region: 'us-east-1',
  }),
  secrets: [KEYS.secretAccessKey, KEYS.sessionToken],
  paths: { whole: `${PATH}/converse`, streamed: `${PATH}/converse-stream` },
  requestIdHeader: 'x-amzn-requestid',
  whole,
  stream,
  preamble: [],
  garbled: frame(
    {
      'event-type': 'contentBlockDelta',
      'message-type': 'event',
      'content-type': 'application/json',
    },
    '{"contentBlockIndex":0,"del',
  ),
  refusals: [
    refused('wrong key', 403, 'UnrecognizedClientException', 'The security token is invalid.'),
    refused('no access', 403, 'AccessDeniedException', 'You have no access to this model.'),
    refused(
      'unknown model',
      400,
      'ValidationException',
      'The provided model identifier is invalid.',
    ),
    ...["isn't", 'isn’t'].map((is) =>
      refused(
        'no on-demand',
        400,
        'ValidationException',
        `Invocation of model ID x with on-demand throughput ${is} supported.`,
      ),
    ),
    refused(
      'too long',
      400,
      'ValidationException',
      'The maximum tokens you requested exceeds the model limit of 8192.',
    ),
    refused('too fast', 429, 'ThrottlingException', 'Too many requests, please wait.'),
    refused('used up for today', 429, 'ThrottlingException', 'Too many tokens per day.'),
    refused('overloaded', 503, 'ServiceUnavailableException', 'The service is unavailable.'),
  ],
  refuse: ({ status, code, words }, headers) => {
    const answer = refusal(code, words, status);
    return { ...answer, headers: { ...answer.headers, ...headers } };
  },
};

function whole({ text = '', toolCall, usage = true }: Said): object {
  const said = text === '' ? [] : [{ text }];
  const calls =
    toolCall === undefined
      ? []
      : [{ toolUse: { ...toTool(toolCall), input: JSON.parse(toolCall.arguments) } }];
  const more = usage ? {} : { usage: undefined };
  return converse([...said, ...calls], stopReason(toolCall), more);
}

function stream({ text = '', toolCall, usage = true }: Said): Streamed {
  const words = text === '' ? [] : wordsOf(text);
  return {
    headers: { 'content-type': 'application/vnd.amazon.eventstream' },
    events: [
      event({ messageStart: { role: 'assistant' } }),
      ...words.map((word) => piece(0, { text: word })),
      ...(toolCall === undefined ? [] : streamedCall(toolCall)),
    ],
    stop: [
      event({ messageStop: { stopReason: stopReason(toolCall) } }),
      event({ metadata: { ...(usage && { usage: USAGE }), metrics: { latencyMs: 5 } } }),
    ],
  };
}

function streamedCall(call: NonNullable<Said['toolCall']>): Uint8Array[] {
  const start = { contentBlockIndex: 1, start: { toolUse: toTool(call) } };
  return [
    event({ contentBlockStart: start }),
    piece(1, { toolUse: { input: call.arguments.slice(0, 3) } }),
    piece(1, { toolUse: { input: call.arguments.slice(3) } }),
    event({ contentBlockStop: { contentBlockIndex: 1 } }),
  ];
}

function piece(contentBlockIndex: number, delta: object): Uint8Array {
  return event({ contentBlockDelta: { contentBlockIndex, delta } });
}

function toTool({ id, name }: NonNullable<Said['toolCall']>): object {
  return { toolUseId: id, name };
}

function stopReason(toolCall: Said['toolCall']): string {
  return toolCall === undefined ? 'end_turn' : 'tool_use';
}
