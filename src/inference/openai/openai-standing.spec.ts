import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { KEY, OpenAiHarness } from '../../../test/support/openai-harness.js';
import { json } from '../../../test/support/scripted-provider.js';

let openai: OpenAiHarness;

beforeEach(async () => {
  openai = await OpenAiHarness.start();
});

afterEach(() => openai.close());

describe('What an OpenAI-style provider says of a model', () => {
  it('is that it can be invoked, when it is listed', async () => {
    const standing = await openai.standing(json({ id: 'org/m 1', object: 'model' }), {
      at: { modelId: 'org/m 1', baseUrl: `${openai.provider.url}/?tenant=a` },
    });
    expect(standing).toEqual({ usable: true, reason: null, lifecycle: null });
    const { method, path, headers, body } = openai.provider.lastRequest;
    expect([method, path]).toEqual(['GET', '/v1/models/org%2Fm%201?tenant=a']);
    expect(headers.authorization).toBe(`Bearer ${KEY}`);
    expect(body).toBeUndefined();
  });

  it.each([
    [
      json({ error: { message: `No model for ${KEY}`, code: 'model_not_found' } }, 404),
      'CONFIGURATION_ERROR',
    ],
    [json({ error: { message: 'Who?' } }, 401), 'AUTHENTICATION_ERROR'],
    [json('<html>'), 'PROTOCOL_ERROR'],
    [json([]), 'PROTOCOL_ERROR'],
    [{ ending: 'cut' } as const, 'NETWORK_ERROR'],
  ])('is nothing by %o', async (answer, category) => {
    const error: unknown = await openai.standing(answer).catch((fault: unknown) => fault);
    expect(error).toMatchObject({ category });
    expect(String(error)).not.toContain(KEY);
  });

  it('is not waited for by one who has left', async () => {
    const controller = new AbortController();
    const asked = openai.standing({ silent: true }, { signal: controller.signal });
    setTimeout(() => controller.abort(), 20);
    await expect(asked).rejects.toMatchObject({ category: 'CANCELLED' });
  });
});
