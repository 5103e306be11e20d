import { describe, expect, it } from 'vitest';
import { classifierOf, KEY, speaker } from '../../../test/support/error-tables.js';
import type { ErrorCategory } from '../inference-error.js';
import { refused } from '../refusal.js';
import { ROWS } from './openai-error-table.js';
import { readRefusal } from './openai-refusal.js';

const classify = classifierOf(readRefusal, ROWS);

const err = (fields: object): object => ({ error: fields });
const said = (message: string): object => err({ message, type: 'invalid_request_error' });

const FORBIDDEN_TOOLS = {
  type: 'extra_forbidden',
  loc: ['body', 'tools'],
  msg: 'Extra inputs are not permitted',
};

type Case = readonly [
  status: number,
  body: unknown,
  category: ErrorCategory,
  facts?: { readonly code?: string; readonly param?: string },
];

/** Every row of the table is met by at least one of these: a test below counts them. */
const CASES: readonly Case[] = [
  // Who may ask
  [401, err({ code: 'invalid_api_key', message: 'Incorrect API key' }), 'AUTHENTICATION_ERROR'],
  [401, '<html>Unauthorized</html>', 'AUTHENTICATION_ERROR'],
  [400, err({ type: 'authentication_error', message: 'no' }), 'AUTHENTICATION_ERROR'],
  [400, said('API key not valid. Please pass a valid API key.'), 'AUTHENTICATION_ERROR'],
  [401, err({ code: 'mismatched_organization', message: 'No such org' }), 'AUTHENTICATION_ERROR'],
  [401, err({ code: '401', message: 'Access denied due to invalid key' }), 'AUTHENTICATION_ERROR'],
  [
    401,
    err({ code: 'PermissionDenied', message: 'The principal lacks the required data action' }),
    'PERMISSION_ERROR',
    { code: 'PermissionDenied' },
  ],
  [403, err({ code: '403', message: 'Public access is disabled.' }), 'PERMISSION_ERROR'],
  [403, err({ message: 'A Virtual Network is configured for this resource.' }), 'PERMISSION_ERROR'],
  [403, said('Your resource has been temporarily blocked.'), 'PERMISSION_ERROR'],
  [403, err({ code: 'model_not_found', message: 'no access' }), 'PERMISSION_ERROR'],
  [403, err({ code: 'unsupported_country_region_territory' }), 'PERMISSION_ERROR'],
  [400, err({ code: 'unsupported_country_region_territory' }), 'PERMISSION_ERROR'],
  [
    400,
    err({
      code: 'unsupported_value',
      param: 'stream',
      message: 'Your organization must be verified to stream this model.',
    }),
    'PERMISSION_ERROR',
    { code: 'unsupported_value', param: 'stream' },
  ],
  // What is addressed
  [
    404,
    err({ code: 'DeploymentNotFound', message: 'The API deployment does not exist.' }),
    'CONFIGURATION_ERROR',
    { code: 'DeploymentNotFound' },
  ],
  [404, err({ code: 'model_not_found' }), 'CONFIGURATION_ERROR', { code: 'model_not_found' }],
  [404, err({ code: '404', message: 'Resource not found' }), 'CONFIGURATION_ERROR'],
  [404, { detail: 'Not Found' }, 'CONFIGURATION_ERROR'],
  [404, err({ code: 404, message: 'No endpoints found for acme/m-1.' }), 'CONFIGURATION_ERROR'],
  [400, err({ code: 'unknown_model', message: 'Unknown model: x' }), 'CONFIGURATION_ERROR'],
  [400, err({ code: 'BadRequest', message: 'API version not supported' }), 'CONFIGURATION_ERROR'],
  [405, 'Method Not Allowed', 'CONFIGURATION_ERROR'],
  [400, err({ code: 'OperationNotSupported' }), 'CONFIGURATION_ERROR'],
  [400, said('Model Not Exist'), 'CONFIGURATION_ERROR'],
  [400, err({ code: 'model_decommissioned' }), 'MODEL_LIFECYCLE'],
  [410, '', 'MODEL_LIFECYCLE'],
  [404, said('The model `old-1` has been deprecated, see the docs.'), 'MODEL_LIFECYCLE'],
  // How much may be asked
  [429, err({ code: 'insufficient_quota' }), 'QUOTA_EXHAUSTED', { code: 'insufficient_quota' }],
  [429, err({ type: 'insufficient_quota', code: null }), 'QUOTA_EXHAUSTED'],
  [400, err({ code: 'billing_hard_limit_reached' }), 'QUOTA_EXHAUSTED'],
  [402, err({ message: 'Insufficient Balance' }), 'QUOTA_EXHAUSTED'],
  [429, said('Rate limit reached on requests per day (RPD): Limit 200'), 'QUOTA_EXHAUSTED'],
  [429, said('Quota exceeded, limit: 0, model: m'), 'QUOTA_EXHAUSTED'],
  [429, err({ code: 'rate_limit_exceeded', message: 'Limit 10000' }), 'RATE_LIMIT'],
  [429, err({ code: '429', message: 'Requests have exceeded the call rate' }), 'RATE_LIMIT'],
  [413, err({ code: 'rate_limit_exceeded', type: 'tokens' }), 'RATE_LIMIT'],
  [200, err({ code: 429, message: 'Provider returned error' }), 'RATE_LIMIT', { code: '429' }],
  // What may be said
  [
    400,
    err({ code: 'content_filter', innererror: { code: 'ResponsibleAIPolicyViolation' } }),
    'CONTENT_FILTERED',
  ],
  [400, err({ innererror: { code: 'ResponsibleAIPolicyViolation' } }), 'CONTENT_FILTERED'],
  [400, err({ code: 'content_policy_violation' }), 'CONTENT_FILTERED'],
  [400, err({ code: 'invalid_prompt' }), 'CONTENT_FILTERED'],
  [400, err({ code: 'cyber_policy' }), 'CONTENT_FILTERED'],
  [403, said('The model requires moderation and your input was flagged.'), 'CONTENT_FILTERED'],
  // Limits of the model
  [400, err({ code: 'context_length_exceeded', param: 'messages' }), 'CONTEXT_LIMIT'],
  [400, err({ type: 'exceed_context_size_error' }), 'CONTEXT_LIMIT'],
  [400, err({ code: 'integer_above_max_value', param: 'max_tokens' }), 'CONTEXT_LIMIT'],
  [413, '<html>Request Entity Too Large</html>', 'CONTEXT_LIMIT'],
  [
    400,
    err({
      code: 'invalid_value',
      param: 'max_tokens',
      message: 'max_tokens is too large: 9999. This model supports at most 4096 completion tokens.',
    }),
    'CONTEXT_LIMIT',
  ],
  [
    400,
    { object: 'error', message: "This model's maximum context length is 4096 tokens.", code: 400 },
    'CONTEXT_LIMIT',
  ],
  [
    400,
    err({
      param: 'max_completion_tokens',
      message: 'max_completion_tokens must be less than or equal to 40960, the maximum value',
    }),
    'CONTEXT_LIMIT',
  ],
  // Faults of our own request
  [400, err({ code: 'integer_below_min_value', param: 'max_output_tokens' }), 'INTERNAL_ERROR'],
  [400, said("Invalid 'max_tokens': Expected a value >= 16, got 5."), 'INTERNAL_ERROR'],
  [
    400,
    said('Could not finish the message because max_tokens or model output limit was reached.'),
    'BUDGET_EXCEEDED',
    { code: 'BUDGET_CONSUMED_BY_REASONING' },
  ],
  // What the model cannot do
  [400, err({ code: 'unsupported_parameter', param: 'tools' }), 'CAPABILITY_UNSUPPORTED'],
  [400, err({ code: 'unsupported_parameter', param: 'functions' }), 'CAPABILITY_UNSUPPORTED'],
  [400, err({ code: 'unsupported_value', param: 'response_format' }), 'CAPABILITY_UNSUPPORTED'],
  [400, err({ code: 'unsupported_value', param: 'stream' }), 'CAPABILITY_UNSUPPORTED'],
  [
    400,
    err({ code: 'unsupported_value', param: 'messages.[0].content.[1].image_url' }),
    'CAPABILITY_UNSUPPORTED',
  ],
  [400, said('Unrecognized request argument supplied: tools'), 'CAPABILITY_UNSUPPORTED'],
  [404, said('No endpoints found that support tool use.'), 'CAPABILITY_UNSUPPORTED'],
  [
    404,
    err({
      code: 404,
      message: "No endpoints found that support the provided 'tool_choice' value. To learn more,",
    }),
    'CAPABILITY_UNSUPPORTED',
  ],
  [
    404,
    err({ code: 404, message: 'No endpoints found that can handle the requested parameters.' }),
    'CAPABILITY_UNSUPPORTED',
  ],
  [400, said('"library/x" does not support tools'), 'CAPABILITY_UNSUPPORTED'],
  [400, said("This model doesn't support image input."), 'CAPABILITY_UNSUPPORTED'],
  [400, said('This model doesn’t support image input.'), 'CAPABILITY_UNSUPPORTED'],
  [400, said('image_url is only supported by certain models'), 'CAPABILITY_UNSUPPORTED'],
  [500, said('image input is not supported - hint: use mmproj'), 'CAPABILITY_UNSUPPORTED'],
  // What the model wants named otherwise
  [
    400,
    err({
      code: 'unsupported_parameter',
      param: null,
      message:
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
    }),
    'PARAMETER_UNSUPPORTED',
    { code: 'unsupported_parameter', param: 'max_tokens' },
  ],
  [400, err({ code: 'unsupported_value', param: 'temperature' }), 'PARAMETER_UNSUPPORTED'],
  [400, err({ code: 'unsupported_parameter', param: 'stop' }), 'PARAMETER_UNSUPPORTED'],
  [400, err({ code: 'unsupported_parameter', param: 'stream_options' }), 'PARAMETER_UNSUPPORTED'],
  [422, { detail: [{ msg: 'Extra inputs are not permitted' }] }, 'PARAMETER_UNSUPPORTED'],
  [
    400,
    said("property 'max_completion_tokens' is unsupported, did you mean 'max_tokens'?"),
    'PARAMETER_UNSUPPORTED',
    { param: 'max_completion_tokens' },
  ],
  [422, { detail: [FORBIDDEN_TOOLS] }, 'CAPABILITY_UNSUPPORTED', { param: 'tools' }],
  // Faults of the provider
  [408, '', 'TIMEOUT'],
  [500, err({ message: 'The server had an error' }), 'PROVIDER_ERROR'],
  [502, '<html>Bad Gateway</html>', 'PROVIDER_ERROR'],
  [503, err({ code: 'slow_down' }), 'PROVIDER_ERROR', { code: 'slow_down' }],
  [429, err({ code: 'server_is_overloaded' }), 'PROVIDER_ERROR'],
  [200, err({ code: 'server_error', message: 'Provider disconnected' }), 'PROVIDER_ERROR'],
  [200, { error: 'Model is overloaded', error_type: 'overloaded' }, 'PROVIDER_ERROR'],
  [200, [err({ code: 503, message: 'The model is overloaded' })], 'PROVIDER_ERROR'],
  // What no row knows
  [400, said('your quota of access to timeout is fine'), 'UNKNOWN_ERROR'],
  [418, 'I am a teapot', 'UNKNOWN_ERROR'],
  [200, err({ message: 'odd' }), 'UNKNOWN_ERROR'],
];

describe('refused', () => {
  for (const [status, body, category, facts] of CASES) {
    it(`${String(status)} ${JSON.stringify(body)} is ${category}`, () => {
      expect(classify(status, body).error).toMatchObject({ category, status, ...facts });
    });
  }

  it('has a case for every row of the table', () => {
    const met = new Set(CASES.map(([status, body]) => classify(status, body).row));
    expect(ROWS.filter((row) => !met.has(row))).toEqual([]);
  });

  it('keeps every fact of what it does not know', () => {
    const body = err({ code: 'odd_code', param: 'odd_param', message: 'It is odd.' });
    const refusal = readRefusal(400, body, '');
    const headers = { 'apim-request-id': 'req-1', 'retry-after': '2' };
    expect(refused(refusal, ROWS, speaker(400, headers))).toMatchObject({
      category: 'UNKNOWN_ERROR',
      message: 'acme answered 400: It is odd.',
      status: 400,
      code: 'odd_code',
      param: 'odd_param',
      requestId: 'req-1',
      retryAfterMs: 2000,
    });
  });

  it('repeats no key, wherever the provider put it, and stays short', () => {
    const hostile = err({
      code: `code-${KEY}`,
      param: `${KEY}${'p'.repeat(5000)}`,
      message: `Bearer abcdef.ghi ${KEY} sk-live-1234567890 ${'m'.repeat(9000)}`,
    });
    const headers = { 'x-request-id': `id-${KEY}` };
    const error = refused(readRefusal(404, hostile, ''), ROWS, speaker(404, headers));
    const all = JSON.stringify([error, error.message]);
    expect(all).not.toMatch(/canary|abcdef|sk-live/);
    expect(error.message.length).toBeLessThanOrEqual(500);
    expect(error.param?.length).toBeLessThanOrEqual(100);
  });

  it('repeats no piece of a key that reads like the name of a parameter', () => {
    const said = err({ message: `Unknown parameter: '${KEY}' in the request.` });
    const error = refused(readRefusal(400, said, ''), ROWS, speaker(400));
    expect(JSON.stringify([error, error.message])).not.toContain('canary');
  });
});
