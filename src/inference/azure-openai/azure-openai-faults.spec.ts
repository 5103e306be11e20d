import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { faultOf } from '../../../test/support/fault-of.js';
import { KEY, OpenAiHarness } from '../../../test/support/openai-harness.js';
import { json } from '../../../test/support/scripted-provider.js';
import { collect } from '../collect.js';
import { AzureOpenAiAdapter } from './azure-openai.adapter.js';

let azure: OpenAiHarness;

beforeEach(async () => {
  azure = await OpenAiHarness.start({}, (egress) => new AzureOpenAiAdapter(egress));
});

afterEach(() => azure.close());

describe('AzureOpenAiAdapter fails', () => {
  it.each([
    [{ 'retry-after': '7' }, 7_000],
    [{ 'retry-after': '1', 'retry-after-ms': '1500' }, 1_500],
    [{ 'retry-after': '1', 'retry-after-ms': '900', 'x-ms-retry-after-ms': '2500' }, 2_500],
    [{ 'retry-after': '26', 'x-ms-retry-after-ms': '25001' }, 26_000],
  ])('as RATE_LIMIT, once, with the largest wait of %o', async (headers, retryAfterMs) => {
    const message = 'Requests to the ChatCompletions_Create Operation have exceeded the call rate.';
    const body = { error: { code: '429', message } };
    const script = json(body, 429, { ...headers, 'apim-request-id': 'apim-2' });
    expect(await faultOf(azure.invoke(script))).toMatchObject({
      category: 'RATE_LIMIT',
      retryAfterMs,
      requestId: 'apim-2',
    });
    expect(azure.provider.requests).toHaveLength(1);
  });

  it.each([
    [
      404,
      { error: { code: 'DeploymentNotFound', message: 'The API deployment does not exist.' } },
      { category: 'CONFIGURATION_ERROR', code: 'DeploymentNotFound' },
      'name of the deployment',
    ],
    [
      404,
      { error: { code: '404', message: 'Resource not found' } },
      { category: 'CONFIGURATION_ERROR', code: '404' },
      'version of the API',
    ],
    [
      401,
      { error: { code: 'PermissionDenied', message: 'Principal does not have access.' } },
      { category: 'PERMISSION_ERROR', code: 'PermissionDenied' },
      'role',
    ],
    [
      400,
      {
        error: {
          code: 'content_filter',
          status: 400,
          message: 'The response was filtered.',
          innererror: { code: 'ResponsibleAIPolicyViolation', content_filter_result: {} },
        },
      },
      { category: 'CONTENT_FILTERED', code: 'content_filter' },
      'filtered',
    ],
  ])('as the refusal says: %i %o', async (status, body, facts, words) => {
    const fault = await faultOf(collect(azure.stream(json(body, status))));
    expect(fault).toMatchObject({ ...facts, status });
    expect(fault.message).toContain(words);
    expect(azure.provider.requests).toHaveLength(1);
  });

  it('as CANCELLED when the caller gives up, and Azure notices', async () => {
    const stop = new AbortController();
    const work = faultOf(azure.invoke({ silent: true }, { signal: stop.signal }));
    await vi.waitFor(() => azure.provider.lastRequest);
    stop.abort();
    expect((await work).category).toBe('CANCELLED');
    await azure.provider.lastRequest.closed;
  });

  it.each([
    { kind: 'api_key', apiKey: KEY },
    { kind: 'entra', token: KEY },
  ] as const)('without repeating its %o', async (credentials) => {
    const script = json({ error: { message: `${KEY} is wrong` } }, 401);
    const fault = await faultOf(azure.invoke(script, { at: { credentials } }));
    expect(fault.message).toBe('acme answered 401: [redacted] is wrong');
  });
});
