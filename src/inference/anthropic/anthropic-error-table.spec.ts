import { describe, expect, it } from 'vitest';
import { refusal } from '../../../test/support/anthropic-harness.js';
import { classifierOf, KEY, speaker } from '../../../test/support/error-tables.js';
import type { ErrorCategory } from '../inference-error.js';
import { refused } from '../refusal.js';
import { ROWS } from './anthropic-error-table.js';
import { readRefusal } from './anthropic-refusal.js';

const classify = classifierOf(readRefusal, ROWS);

const said = (message: string): object => refusal('invalid_request_error', message);
const coded = (type: string, error_code: string): object => refusal(type, 'No.', { error_code });

type Case = readonly [
  status: number,
  body: unknown,
  category: ErrorCategory,
  facts?: { readonly code?: string; readonly param?: string },
];

/** Every row of the table is met by at least one of these: a test below counts them. */
const CASES: readonly Case[] = [
  // Who may ask
  [401, refusal('authentication_error', 'invalid x-api-key'), 'AUTHENTICATION_ERROR'],
  [401, '<html>Unauthorized</html>', 'AUTHENTICATION_ERROR'],
  [403, refusal('permission_error', 'Your API key has no access.'), 'PERMISSION_ERROR'],
  [403, refusal('forbidden', 'Request not allowed'), 'PERMISSION_ERROR'],
  [400, said('This organization has been disabled.'), 'PERMISSION_ERROR'],
  [
    400,
    coded('invalid_request_error', 'organization_on_hold'),
    'PERMISSION_ERROR',
    { code: 'organization_on_hold' },
  ],
  [400, coded('invalid_request_error', 'cmek_key_disabled'), 'PERMISSION_ERROR'],
  // What is addressed
  [
    404,
    refusal('not_found_error', 'model: claude-9'),
    'CONFIGURATION_ERROR',
    { code: 'not_found_error' },
  ],
  [404, '<html>Not Found</html>', 'CONFIGURATION_ERROR'],
  [405, 'Method Not Allowed', 'CONFIGURATION_ERROR'],
  [400, said('anthropic-version: "2020-01-01" is not a valid version'), 'CONFIGURATION_ERROR'],
  // How much may be asked
  [402, refusal('billing_error', 'There is an issue with your billing.'), 'QUOTA_EXHAUSTED'],
  [402, '', 'QUOTA_EXHAUSTED'],
  [
    429,
    coded('rate_limit_error', 'enforced_spend_limit_reached'),
    'QUOTA_EXHAUSTED',
    { code: 'enforced_spend_limit_reached' },
  ],
  [429, coded('rate_limit_error', 'contract_spend_limit_reached'), 'QUOTA_EXHAUSTED'],
  [
    400,
    said('Your credit balance is too low to access the Anthropic API.'),
    'QUOTA_EXHAUSTED',
    { code: 'invalid_request_error' },
  ],
  [
    400,
    said('You have reached your specified API usage limits. You will regain access on 2030-01-01.'),
    'QUOTA_EXHAUSTED',
  ],
  [
    429,
    refusal('rate_limit_error', 'Number of request tokens has exceeded your daily rate limit'),
    'QUOTA_EXHAUSTED',
  ],
  [
    429,
    refusal('rate_limit_error', 'This would exceed your limit of 1,000 input tokens per day'),
    'QUOTA_EXHAUSTED',
  ],
  [
    429,
    refusal('rate_limit_error', 'This would exceed your limit of 50,000 input tokens per minute'),
    'RATE_LIMIT',
    { code: 'rate_limit_error' },
  ],
  [429, coded('rate_limit_error', 'ramp_limit_exceeded'), 'RATE_LIMIT'],
  [429, 'Too Many Requests', 'RATE_LIMIT'],
  [200, refusal('rate_limit_error', 'Slow down'), 'RATE_LIMIT'],
  // What may be said
  [400, said('Output blocked by content filtering policy'), 'CONTENT_FILTERED'],
  // Limits of the model
  [413, refusal('request_too_large', 'Request exceeds the maximum size'), 'CONTEXT_LIMIT'],
  [413, '<html>Request Entity Too Large</html>', 'CONTEXT_LIMIT'],
  [400, said('prompt is too long: 208310 tokens > 200000 maximum'), 'CONTEXT_LIMIT'],
  [
    400,
    said(
      'max_tokens: 200000 > 64000, which is the maximum allowed number of output tokens for claude-x',
    ),
    'CONTEXT_LIMIT',
    { param: 'max_tokens' },
  ],
  [
    400,
    said('input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000'),
    'CONTEXT_LIMIT',
  ],
  // Faults of our own request
  [400, said('max_tokens: Field required'), 'INTERNAL_ERROR'],
  [
    400,
    said('thinking.enabled.budget_tokens: Input should be greater than or equal to 1024'),
    'INTERNAL_ERROR',
  ],
  [400, said('`max_tokens` must be greater than `thinking.budget_tokens`.'), 'INTERNAL_ERROR'],
  // What the model cannot do
  [400, said("'claude-0' does not support tools."), 'CAPABILITY_UNSUPPORTED', { param: 'tools' }],
  [400, said("This model doesn't support image input."), 'CAPABILITY_UNSUPPORTED'],
  [400, said('This model doesn’t support image input.'), 'CAPABILITY_UNSUPPORTED'],
  [400, said("'claude-0' does not support output format."), 'CAPABILITY_UNSUPPORTED'],
  [
    400,
    said('output_config.format: Extra inputs are not permitted'),
    'CAPABILITY_UNSUPPORTED',
    { param: 'output_config.format' },
  ],
  [400, said('tools: Extra inputs are not permitted'), 'CAPABILITY_UNSUPPORTED'],
  [
    400,
    said('messages.0.content.1.image: Extra inputs are not permitted'),
    'CAPABILITY_UNSUPPORTED',
    { param: 'messages.0.content.1.image' },
  ],
  // What the model wants otherwise
  [
    400,
    said('`temperature` and `top_p` cannot both be specified for this model. Use only one.'),
    'PARAMETER_UNSUPPORTED',
    { param: 'temperature' },
  ],
  [400, said('`top_p` is deprecated for this model.'), 'PARAMETER_UNSUPPORTED', { param: 'top_p' }],
  [
    400,
    said('`temperature` may only be set to 1 when thinking is enabled.'),
    'PARAMETER_UNSUPPORTED',
    { param: 'temperature' },
  ],
  [
    400,
    said('Thinking may not be enabled when tool_choice forces tool use.'),
    'PARAMETER_UNSUPPORTED',
    { param: 'tool_choice' },
  ],
  [
    400,
    said('"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive".'),
    'PARAMETER_UNSUPPORTED',
    { param: 'thinking.type.enabled' },
  ],
  [
    400,
    said('adaptive thinking isn’t supported on this model'),
    'PARAMETER_UNSUPPORTED',
    { param: 'thinking' },
  ],
  [
    400,
    said("This model doesn't support the effort parameter."),
    'PARAMETER_UNSUPPORTED',
    { param: 'effort' },
  ],
  [
    400,
    said('output_config.effort: Extra inputs are not permitted'),
    'PARAMETER_UNSUPPORTED',
    { param: 'output_config.effort' },
  ],
  [400, said('stop_sequences: Extra inputs are not permitted'), 'PARAMETER_UNSUPPORTED'],
  // Faults of the provider
  [504, refusal('timeout_error', 'Request timed out'), 'TIMEOUT'],
  [504, '<html>Gateway Timeout</html>', 'TIMEOUT'],
  [408, '', 'TIMEOUT'],
  [500, refusal('api_error', 'Internal server error'), 'PROVIDER_ERROR', { code: 'api_error' }],
  [529, refusal('overloaded_error', 'Overloaded'), 'PROVIDER_ERROR', { code: 'overloaded_error' }],
  [200, refusal('overloaded_error', 'Overloaded'), 'PROVIDER_ERROR'],
  [502, '<html>Bad Gateway</html>', 'PROVIDER_ERROR'],
  // What no row knows
  [400, said('your quota of access to timeout is fine'), 'UNKNOWN_ERROR'],
  [400, said('messages.0: all messages must have non-empty content'), 'UNKNOWN_ERROR'],
  [409, refusal('conflict_error', 'Conflict'), 'UNKNOWN_ERROR'],
  [418, 'I am a teapot', 'UNKNOWN_ERROR'],
];

describe('A refusal of Anthropic', () => {
  for (const [status, body, category, facts] of CASES) {
    it(`${String(status)} ${JSON.stringify(body)} is ${category}`, () => {
      expect(classify(status, body).error).toMatchObject({ category, status, ...facts });
    });
  }

  it('has a case for every row of the table', () => {
    const met = new Set(CASES.map(([status, body]) => classify(status, body).row));
    expect(ROWS.filter((row) => !met.has(row))).toEqual([]);
  });

  it('says what to look at when the model is not found', () => {
    const { error } = classify(404, refusal('not_found_error', 'model: claude-9'));
    expect(error.message).toBe(
      'acme answered 404: model: claude-9 The model id is wrong, or this key has no access to it.',
    );
  });

  it('keeps every fact of what the table does not know', () => {
    const body = refusal('odd_error', '`top_k` is odd.', { error_code: 'odd_code' });
    const headers = { 'request-id': 'req-1', 'retry-after': '2' };
    expect(refused(readRefusal(400, body, ''), ROWS, speaker(400, headers))).toMatchObject({
      category: 'UNKNOWN_ERROR',
      message: 'acme answered 400: `top_k` is odd.',
      status: 400,
      code: 'odd_error',
      param: 'top_k',
      requestId: 'req-1',
      retryAfterMs: 2000,
    });
  });

  it('repeats no key, wherever it was put, and stays short', () => {
    const hostile = refusal(`type-${KEY}`, `tools.${KEY} sk-ant-1234567890 ${'m'.repeat(9000)}`);
    const headers = { 'request-id': `id-${KEY}` };
    const error = refused(readRefusal(400, hostile, ''), ROWS, speaker(400, headers));
    expect(JSON.stringify([error, error.message])).not.toMatch(/canary|sk-ant/);
    expect(error.message.length).toBeLessThanOrEqual(500);
  });

  it.each([null, 5, [], {}, { error: 5 }, { error: { type: 5, message: {}, details: [] } }])(
    'may have any form: %j',
    (body) => {
      expect(classify(418, body).error).toMatchObject({ category: 'UNKNOWN_ERROR', status: 418 });
    },
  );
});
