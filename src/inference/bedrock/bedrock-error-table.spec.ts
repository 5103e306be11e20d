import { describe, expect, it } from 'vitest';
import type { ErrorCategory } from '../inference-error.js';
import { matchingRow, refused } from '../refusal.js';
import { ROWS } from './bedrock-error-table.js';
import { readRefusal } from './bedrock-error.js';

interface Facts {
  readonly code?: string;
  readonly param?: string;
}
type Case = readonly [
  status: number,
  name: string,
  message: string,
  category: ErrorCategory,
  facts?: Facts,
];

/** An exception that the SDK only gives the name to, as within a stream. */
function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

function refusalOf([status, name, message]: readonly [number, string, string, ...unknown[]]) {
  const error = name === '' ? new SyntaxError('no JSON') : named(name, message);
  const refusal = readRefusal(error, status, name === '' ? message : '');
  if (refusal === null) throw new Error('It is no refusal.');
  return refusal;
}

function classify(found: readonly [number, string, string, ...unknown[]]) {
  const [status] = found;
  const speaker = { provider: 'acme', secrets: [], headers: new Headers(), status };
  return refused(refusalOf(found), ROWS, speaker);
}

const ON_DEMAND =
  "Invocation of model ID anthropic.claude-sonnet-4-5 with on-demand throughput isn't supported. Retry your request with the ID or ARN of an inference profile that contains this model.";
const MARKETPLACE = 'Your AWS Marketplace subscription for this model cannot be completed';
const invalid = (message: string) => [400, 'ValidationException', message] as const;

/** Every row of the table is met by at least one of these: a test below counts them. */
const CASES: readonly Case[] = [
  // What is addressed
  [...invalid(ON_DEMAND), 'PROVISIONING_REQUIRED', { code: 'ValidationException' }],
  [...invalid('The provided model identifier is invalid.'), 'CONFIGURATION_ERROR'],
  [404, 'ResourceNotFoundException', 'The provided ARN was not found.', 'CONFIGURATION_ERROR'],
  [404, '', '<html>Not Found</html>', 'CONFIGURATION_ERROR'],
  [
    404,
    'ResourceNotFoundException',
    'Access denied. This Model is marked by provider as Legacy and you have not been actively using the model in the last 30 days.',
    'MODEL_LIFECYCLE',
  ],
  [
    404,
    'ResourceNotFoundException',
    'This model version has reached the end of its life.',
    'MODEL_LIFECYCLE',
  ],
  [
    404,
    'ResourceNotFoundException',
    'Model use case details have not been submitted for this account.',
    'PERMISSION_ERROR',
  ],
  [404, 'ResourceNotFoundException', 'FTUFormNotFilled', 'PERMISSION_ERROR'],
  // What the model cannot do
  ...[
    "This model doesn't support tool use.",
    "This model doesn't support tool use in streaming mode.",
    "This model doesn't support system messages. Try again without system messages.",
    "This model doesn't support the image content block that you provided.",
    "This model doesn't support the document content block that you provided.",
  ].map((message) => [...invalid(message), 'CAPABILITY_UNSUPPORTED'] as const),
  [
    403,
    'AccessDeniedException',
    'You invoked an unsupported model or your request did not allow prompt caching. See the documentation for more information.',
    'CAPABILITY_UNSUPPORTED',
  ],
  [
    ...invalid(
      "This model doesn't support the stopSequences field. Remove stopSequences and try again.",
    ),
    'PARAMETER_UNSUPPORTED',
    { param: 'stopSequences' },
  ],
  [
    ...invalid(
      "This model doesn't support the toolConfig.toolChoice.any field. Remove toolConfig.toolChoice.any and try again.",
    ),
    'PARAMETER_UNSUPPORTED',
    { param: 'toolConfig.toolChoice.any' },
  ],
  [
    ...invalid('`temperature` and `top_p` cannot both be specified for this model.'),
    'PARAMETER_UNSUPPORTED',
    { param: 'temperature' },
  ],
  [
    ...invalid('`temperature` is deprecated for this model.'),
    'PARAMETER_UNSUPPORTED',
    { param: 'temperature' },
  ],
  [
    ...invalid('Malformed input request: #: extraneous key [top_k] is not permitted'),
    'PARAMETER_UNSUPPORTED',
    { param: 'top_k' },
  ],
  // How much
  [
    ...invalid(
      'The maximum tokens you requested exceeds the model limit of 8192. Try again with a maximum tokens value that is lower than 8192.',
    ),
    'CONTEXT_LIMIT',
  ],
  [
    ...invalid(
      'max_tokens: 9999 > 4096, which is the maximum allowed number of output tokens for claude-3',
    ),
    'CONTEXT_LIMIT',
  ],
  [...invalid('Input is too long for requested model.'), 'CONTEXT_LIMIT'],
  [...invalid('Input Tokens Exceeded: 9 over 8'), 'CONTEXT_LIMIT'],
  [...invalid('prompt is too long: 210000 tokens > 200000 maximum'), 'CONTEXT_LIMIT'],
  [400, 'ServiceQuotaExceededException', 'No.', 'QUOTA_EXHAUSTED'],
  [
    429,
    'ThrottlingException',
    'Too many tokens per day, please wait before trying again.',
    'QUOTA_EXHAUSTED',
  ],
  ...[
    'ThrottlingException',
    'throttlingException',
    'TooManyRequestsException',
    'RequestLimitExceeded',
    'Throttling',
    'RequestThrottled',
    'ProvisionedThroughputExceededException',
  ].map((name) => [429, name, 'Too many requests.', 'RATE_LIMIT', { code: name }] as const),
  [400, 'ThrottlingException', 'Rate exceeded', 'RATE_LIMIT'],
  [429, '', 'slow down', 'RATE_LIMIT'],
  // Who may ask
  [403, 'AccessDeniedException', "You don't have access to the model.", 'PERMISSION_ERROR'],
  [
    403,
    'AccessDeniedException',
    'User is not authorized to perform: bedrock:InvokeModel with an explicit deny in a service control policy',
    'PERMISSION_ERROR',
  ],
  [
    403,
    'AccessDeniedException',
    `Model access is denied due to IAM user or service role is not authorized to perform the required AWS Marketplace actions. ${MARKETPLACE} at this time.`,
    'PERMISSION_ERROR',
  ],
  [
    403,
    'AccessDeniedException',
    `${MARKETPLACE} at this time. If you recently fixed this issue, try again after 15 minutes.`,
    'ACCESS_PENDING',
  ],
  [403, 'AccessDeniedException', 'The model agreement is being created.', 'ACCESS_PENDING'],
  [403, '', '<html>Forbidden</html>', 'PERMISSION_ERROR'],
  ...[
    'UnrecognizedClientException',
    'InvalidSignatureException',
    'ExpiredToken',
    'ExpiredTokenException',
    'RequestExpired',
    'InvalidClientTokenId',
    'IncompleteSignature',
    'CredentialsProviderError',
  ].map((name) => [403, name, 'No.', 'AUTHENTICATION_ERROR', { code: name }] as const),
  [401, '', 'Unauthorized', 'AUTHENTICATION_ERROR'],
  // Faults of the provider
  [429, 'ModelNotReadyException', 'Model is not ready.', 'PROVIDER_ERROR'],
  [408, 'ModelTimeoutException', 'Too slow.', 'TIMEOUT'],
  [408, '', '', 'TIMEOUT'],
  [424, 'ModelErrorException', 'It failed.', 'PROVIDER_ERROR'],
  [500, 'InternalServerException', 'It failed.', 'PROVIDER_ERROR'],
  [503, 'ServiceUnavailableException', 'Not now.', 'PROVIDER_ERROR'],
  [502, '', '<html>Bad Gateway</html>', 'PROVIDER_ERROR'],
  // Within a stream, whose status is 200
  [200, 'modelStreamErrorException', 'It failed.', 'PROVIDER_ERROR'],
  [200, 'modelTimeoutException', 'Too slow.', 'TIMEOUT'],
  [200, 'validationException', 'Input is too long for requested model.', 'CONTEXT_LIMIT'],
  // What no row knows
  [
    ...invalid('The model returned the following errors: Validation Error'),
    'UNKNOWN_ERROR',
    { code: 'ValidationException' },
  ],
  [...invalid('your quota of access to timeout is fine'), 'UNKNOWN_ERROR'],
  [418, '', 'I am a teapot', 'UNKNOWN_ERROR'],
  [200, 'oddException', 'It is odd.', 'UNKNOWN_ERROR', { code: 'oddException' }],
];

describe('the table of Bedrock', () => {
  for (const found of CASES) {
    const [status, name, message, category, facts] = found;
    it(`knows ${String(status)} ${name} "${message.slice(0, 60)}" as ${category}`, () => {
      expect(classify(found)).toMatchObject({ category, status, ...facts });
    });
  }

  it('has a case for every row', () => {
    const met = new Set(CASES.map((found) => matchingRow(refusalOf(found), ROWS)));
    expect(ROWS.filter((row) => !met.has(row))).toEqual([]);
  });

  it('takes both apostrophes', () => {
    const quoted = CASES.filter(([, , message]) => message.includes("'"));
    expect(quoted.length).toBeGreaterThan(6);
    for (const [status, name, message, category] of quoted) {
      expect(classify([status, name, message.replaceAll("'", '’')]).category).toBe(category);
    }
  });

  it('decides by the exception first: a message alone means nothing', () => {
    expect(classify([500, 'InternalServerException', ON_DEMAND]).category).toBe('PROVIDER_ERROR');
    const daily = 'Too many tokens per day';
    expect(classify([400, 'ValidationException', daily]).category).toBe('UNKNOWN_ERROR');
  });

  it('gives advice where a refusal has two causes', () => {
    const error = classify(invalid('The provided model identifier is invalid.'));
    expect(error.message).toMatch(/invalid\. The model id is wrong, or the region does not offer/);
  });
});
