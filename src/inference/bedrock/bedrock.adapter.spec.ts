import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { converse } from '../../../test/support/aws-event-stream.js';
import { BedrockHarness, HELLO, KEYS, SONNET } from '../../../test/support/bedrock-harness.js';
import { faultOf } from '../../../test/support/fault-of.js';
import { signatureOf } from '../../../test/support/aws-signature.js';
import { json } from '../../../test/support/scripted-provider.js';
import type { InferenceRequest, ToolChoice } from '../adapter.js';

const OK = json(converse([{ text: 'hi' }]));
const LOOK = { name: 'look', description: 'Looks.', parameters: { type: 'object' } };
const USED: InferenceRequest['messages'] = [
  { role: 'assistant', text: '', toolCalls: [{ id: 'c1', name: 'look', arguments: '{}' }] },
  { role: 'tool', toolCallId: 'c1', content: 'seen' },
];

let bedrock: BedrockHarness;

beforeEach(async () => {
  bedrock = await BedrockHarness.start();
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await bedrock.close();
});

async function bodyOf(request: InferenceRequest, modelId = SONNET): Promise<unknown> {
  await bedrock.invoke(OK, { request, at: { modelId } });
  return bedrock.provider.lastRequest.body;
}

describe('BedrockAdapter asks', () => {
  it('for nothing that the request does not hold', async () => {
    expect(await bodyOf(HELLO)).toEqual({
      messages: [{ role: 'user', content: [{ text: 'hello' }] }],
    });
    const { method, path, headers } = bedrock.provider.lastRequest;
    expect([method, path]).toEqual(['POST', `/model/${SONNET.replace(':', '%3A')}/converse`]);
    expect(headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=canary-id-31337\/\d{8}\/us-east-1\/bedrock\/aws4_request,/,
    );
    expect(headers['x-amz-security-token']).toBe(KEYS.sessionToken);
    expect(headers['user-agent']).not.toMatch(/node|linux|aws-sdk/i);
    expect(headers['x-amz-user-agent']).toBeUndefined();
  });

  it('for all that it does hold', async () => {
    const body = await bodyOf({
      system: 'Be brief.',
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'See' },
            { type: 'cache_point' },
            { type: 'image', mediaType: 'image/jpeg', data: Uint8Array.of(1, 2, 3) },
          ],
        },
        {
          role: 'assistant',
          text: 'Looking.',
          toolCalls: [
            { id: 'c1', name: 'look', arguments: '{"a":[1,null,"x"]}' },
            { id: 'c2', name: 'look', arguments: '{"a":' },
          ],
        },
        { role: 'tool', toolCallId: 'c1', content: 'seen' },
        { role: 'tool', toolCallId: 'c2', content: 'not seen' },
        { role: 'user', content: 'And?' },
      ],
      tools: [LOOK],
      stop: ['END'],
      temperature: 0,
      topP: 0.5,
      maxOutputTokens: 64,
      responseSchema: { name: 'answer', schema: { type: 'object' } },
    });
    expect(body).toEqual({
      system: [{ text: 'Be brief.' }],
      messages: [
        {
          role: 'user',
          content: [
            { text: 'See' },
            { cachePoint: { type: 'default' } },
            { image: { format: 'jpeg', source: { bytes: 'AQID' } } },
          ],
        },
        {
          role: 'assistant',
          content: [
            { text: 'Looking.' },
            { toolUse: { toolUseId: 'c1', name: 'look', input: { a: [1, null, 'x'] } } },
            { toolUse: { toolUseId: 'c2', name: 'look', input: {} } },
          ],
        },
        {
          role: 'user',
          content: [
            { toolResult: { toolUseId: 'c1', content: [{ text: 'seen' }] } },
            { toolResult: { toolUseId: 'c2', content: [{ text: 'not seen' }] } },
            { text: 'And?' },
          ],
        },
      ],
      toolConfig: {
        tools: [
          {
            toolSpec: {
              name: 'look',
              description: 'Looks.',
              inputSchema: { json: { type: 'object' } },
            },
          },
        ],
      },
      inferenceConfig: { maxTokens: 64, temperature: 0, topP: 0.5, stopSequences: ['END'] },
      outputConfig: {
        textFormat: {
          type: 'json_schema',
          structure: { jsonSchema: { name: 'answer', schema: '{"type":"object"}' } },
        },
      },
    });
  });

  it.each<[ToolChoice | undefined, object | undefined]>([
    [undefined, undefined],
    ['auto', { auto: {} }],
    ['required', { any: {} }],
    [{ name: 'look' }, { tool: { name: 'look' } }],
  ])('for a tool by the choice %j', async (toolChoice, expected) => {
    const request = { ...HELLO, tools: [LOOK], ...(toolChoice && { toolChoice }) };
    const body = await bodyOf(request);
    expect(body).toHaveProperty('toolConfig', {
      tools: [expect.anything()],
      ...(expected && { toolChoice: expected }),
    });
  });

  it('for no tool by leaving them out, unless the messages hold tool blocks', async () => {
    const none = { tools: [LOOK], toolChoice: 'none' } as const;
    expect(await bodyOf({ ...HELLO, ...none })).not.toHaveProperty('toolConfig');
    const body = await bodyOf({ messages: [...HELLO.messages, ...USED], ...none });
    expect(body).toHaveProperty('toolConfig.tools');
    expect(body).not.toHaveProperty('toolConfig.toolChoice');
    expect(await bodyOf({ ...HELLO, tools: [] })).not.toHaveProperty('toolConfig');
  });

  it('under the model id as it is, ids and ARNs', async () => {
    const ids = [
      'amazon.nova-pro-v1:0:300k',
      'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3d4e5f6',
      'no model id at all',
    ];
    for (const modelId of ids) {
      await bedrock.invoke(OK, { at: { modelId } });
      const [, , id = ''] = bedrock.provider.lastRequest.path.split('/');
      expect(decodeURIComponent(id)).toBe(modelId);
    }
  });

  it('under the base address as given, with a path and a slash', async () => {
    const baseUrl = `http://127.0.0.1:${String(bedrock.provider.port)}/aws/`;
    await bedrock.invoke(OK, { at: { baseUrl } });
    expect(bedrock.provider.lastRequest.path).toMatch(/^\/aws\/model\//);
  });

  it('with the keys of each call', async () => {
    const keys = [KEYS, { ...KEYS, accessKeyId: 'second' }, { ...KEYS, secretAccessKey: 'second' }];
    for (const credentials of [...keys, ...keys]) {
      await bedrock.invoke(OK, { at: { credentials } });
      const { authorization = '' } = bedrock.provider.lastRequest.headers;
      expect(authorization).toContain(`Credential=${credentials.accessKeyId}/`);
      expect(authorization).toMatch(/Signature=[0-9a-f]{64}$/);
      const signature = signatureOf(bedrock.provider.lastRequest, credentials.secretAccessKey);
      expect(authorization.split('Signature=')[1]).toBe(signature);
    }
    const { accessKeyId, secretAccessKey } = KEYS;
    await bedrock.invoke(OK, {
      at: { credentials: { kind: 'aws', accessKeyId, secretAccessKey } },
    });
    expect(bedrock.provider.lastRequest.headers['x-amz-security-token']).toBeUndefined();
  });

  it('whatever the environment holds', async () => {
    vi.stubEnv('AWS_BEARER_TOKEN_BEDROCK', 'environment');
    vi.stubEnv('AWS_AUTH_SCHEME_PREFERENCE', 'httpBearerAuth');
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:9/environment');
    vi.stubEnv('AWS_ENDPOINT_URL_BEDROCK_RUNTIME', 'http://127.0.0.1:9/environment');
    vi.stubEnv('AWS_REGION', 'eu-west-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'environment');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'environment');
    vi.stubEnv('AWS_SDK_UA_APP_ID', 'environment');
    vi.stubEnv('AWS_MAX_ATTEMPTS', '9');
    vi.stubEnv('AWS_CONFIG_FILE', '/dev/null/none');
    await bedrock.invoke(OK);
    const { headers } = bedrock.provider.lastRequest;
    expect(JSON.stringify(headers)).not.toContain('environment');
    expect(headers.authorization).toMatch(/canary-id-31337\/\d+\/us-east-1\//);
  });

  it("at AWS' own address of the region when none is given", async () => {
    vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${String(bedrock.provider.port)}`);
    const [fault, china] = await Promise.all(
      ['mx-nowhere-9', 'cn-nowhere-9'].map((region) =>
        faultOf(bedrock.invoke(OK, { at: { baseUrl: null, region } })),
      ),
    );
    expect(fault?.message).toMatch(/bedrock-runtime\.mx-nowhere-9\.amazonaws\.com/);
    expect(china?.message).toMatch(/bedrock-runtime\.cn-nowhere-9\.amazonaws\.com\.cn/);
    expect(bedrock.provider.requests).toHaveLength(0);
  });

  it('nowhere with other credentials, without a region, or at a bad address', async () => {
    for (const region of ['global', '', 'us-east-1.evil.example/', 'US-EAST-1']) {
      const fault = await faultOf(bedrock.invoke(OK, { at: { region } }));
      expect(fault.category).toBe('CONFIGURATION_ERROR');
      expect(fault.message).toContain(`"${region}" is no AWS region`);
    }
    for (const at of [
      { credentials: { kind: 'api_key', apiKey: 'canary-key' } },
      { credentials: { kind: 'none' } },
      { baseUrl: 'bedrock.example' },
    ] as const) {
      const fault = await faultOf(bedrock.invoke(OK, { at }));
      expect(fault.category).toBe('CONFIGURATION_ERROR');
      expect(fault.message).not.toContain('canary');
    }
    expect(bedrock.provider.requests).toHaveLength(0);
  });
});
