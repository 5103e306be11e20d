import { completion, delta, DONE, json } from '../scripted-provider.js';
import { refused, wordsOf, type Said, type Streamed, type Voice } from './voice.js';

const KEY = 'canary-key-31337';
const USAGE = { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 };

/** OpenAI's chat completions. */
export const OPENAI: Voice = {
  name: 'OpenAI',
  kind: 'openai',
  target: (origin) => ({
    providerSlug: 'acme',
    authType: 'api_key',
    baseUrl: `${origin}/v1`,
    credentials: { kind: 'api_key', apiKey: KEY },
    apiVersion: null,
    modelId: 'm-1',
    region: 'global',
  }),
  secrets: [KEY],
  paths: { whole: '/v1/chat/completions', streamed: '/v1/chat/completions' },
  requestIdHeader: 'x-request-id',
  whole,
  stream,
  preamble: [data({ choices: [] })],
  garbled: 'data: {"choices":[{\n\n',
  refusals: [
    refused('wrong key', 401, 'invalid_api_key', 'Incorrect API key provided.'),
    refused('no access', 403, 'model_not_available', 'You have no access to this model.'),
    refused('unknown model', 404, 'model_not_found', 'The model m-1 does not exist.'),
    refused(
      'too long',
      400,
      'context_length_exceeded',
      "This model's maximum context length is 8192 tokens.",
    ),
    refused('too fast', 429, 'rate_limit_exceeded', 'Rate limit reached for requests.'),
    refused('used up for today', 429, 'requests', 'Rate limit reached on requests per day (RPD).'),
    refused('used up for today', 429, 'insufficient_quota', 'You exceeded your current quota.'),
    refused('overloaded', 503, 'server_is_overloaded', 'The engine is overloaded.'),
  ],
  refuse: ({ status, code, words }, headers) =>
    json(
      { error: { message: words, type: 'invalid_request_error', param: null, code } },
      status,
      headers,
    ),
};

/** The same at Azure: other addresses and words. */
export const AZURE: Voice = {
  ...OPENAI,
  name: 'Azure OpenAI',
  kind: 'azure-openai',
  target: (origin) => ({ ...OPENAI.target(origin), providerSlug: 'azure', baseUrl: origin }),
  paths: {
    whole: '/openai/deployments/m-1/chat/completions?api-version=2024-10-21',
    streamed: '/openai/deployments/m-1/chat/completions?api-version=2024-10-21',
  },
  requestIdHeader: 'apim-request-id',
  preamble: [data({ id: '', choices: [], prompt_filter_results: [{ prompt_index: 0 }] })],
  refusals: [
    refused('wrong key', 401, '401', 'Access denied due to invalid subscription key.'),
    refused('no access', 403, 'AccessDenied', 'Public access is disabled.'),
    refused('unknown model', 404, 'DeploymentNotFound', 'The API deployment does not exist.'),
    refused(
      'too long',
      400,
      'context_length_exceeded',
      "This model's maximum context length is 8192 tokens.",
    ),
    refused('too fast', 429, '429', 'Requests have exceeded the call rate limit.'),
    refused('used up for today', 429, 'insufficient_quota', 'You exceeded your current quota.'),
    refused('overloaded', 500, 'InternalServerError', 'The server had an error.'),
  ],
  refuse: ({ status, code, words }, headers) =>
    json({ error: { code, message: words } }, status, headers),
};

function whole({ text = '', toolCall, usage = true }: Said): object {
  const calls = toolCall === undefined ? {} : { tool_calls: [toCall(toolCall)] };
  return completion(
    { content: text, ...calls },
    stopReason(toolCall),
    usage ? {} : { usage: null },
  );
}

function stream({ text = '', toolCall, usage = true }: Said): Streamed {
  const words = text === '' ? [] : wordsOf(text).map((content) => delta({ content }));
  const calls = toolCall === undefined ? [] : streamedCall(toolCall);
  return {
    headers: { 'content-type': 'text/event-stream' },
    events: [delta({ role: 'assistant', content: '' }), ...words, ...calls].map(data),
    stop: [
      data(delta({}, stopReason(toolCall))),
      ...(usage ? [data({ id: 'chatcmpl-1', choices: [], usage: USAGE })] : []),
      DONE,
    ],
  };
}

function streamedCall(call: NonNullable<Said['toolCall']>): object[] {
  const { id, name, arguments: written } = call;
  const piece = (fields: object): object => delta({ tool_calls: [{ index: 0, ...fields }] });
  return [
    piece({ id, type: 'function', function: { name, arguments: '' } }),
    piece({ function: { arguments: written.slice(0, 3) } }),
    piece({ function: { arguments: written.slice(3) } }),
  ];
}

function toCall({ id, name, arguments: written }: NonNullable<Said['toolCall']>): object {
  return { id, type: 'function', function: { name, arguments: written } };
}

function stopReason(toolCall: Said['toolCall']): string {
  return toolCall === undefined ? 'stop' : 'tool_calls';
}

function data(event: object): string {
  return `data: ${JSON.stringify(event)}\n\n`;
}
