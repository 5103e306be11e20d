import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { converse, refusal } from '../../../test/support/aws-event-stream.js';
import { BedrockHarness, HELLO, KEYS } from '../../../test/support/bedrock-harness.js';
import { faultOf } from '../../../test/support/fault-of.js';
import { json, type Script } from '../../../test/support/scripted-provider.js';
import type { StopReason } from '../adapter.js';

let bedrock: BedrockHarness;

beforeEach(async () => {
  bedrock = await BedrockHarness.start();
});

afterEach(() => bedrock.close());

const SIGNED = { reasoningContent: { reasoningText: { text: 'hm', signature: 'c2ln' } } };
const CALL = { toolUse: { toolUseId: 'c1', name: 'look', input: { at: [1.5, 'é'] } } };

describe('An answer', () => {
  it('is read whole', async () => {
    const body = converse([SIGNED, { text: 'Hel' }, { text: 'lo' }, CALL], 'tool_use', {
      usage: {
        inputTokens: 3,
        outputTokens: 2,
        totalTokens: 20,
        cacheReadInputTokens: 7,
        cacheWriteInputTokens: 8,
      },
      trace: { promptRouter: { invokedModelId: 'amazon.nova-lite-v1:0' } },
    });
    const answer = await bedrock.invoke(json(body, 200, { 'x-amzn-requestid': 'r-1' }));
    expect(answer).toMatchObject({
      text: 'Hello',
      reasoning: 'hm',
      toolCalls: [{ id: 'c1', name: 'look', arguments: '{"at":[1.5,"é"]}' }],
      stopReason: 'tool_calls',
      usage: {
        inputTokens: 18,
        outputTokens: 2,
        totalTokens: 20,
        reasoningTokens: null,
        cachedInputTokens: 7,
        cacheWriteTokens: 8,
      },
      model: 'amazon.nova-lite-v1:0',
      region: null,
      requestId: 'r-1',
    });
    expect(answer.raw).toEqual(body);
    expect(answer.totalMs).toBeGreaterThan(0);
  });

  it('may lack what it can do without', async () => {
    const answer = await bedrock.invoke(json({ output: { message: { content: [] } } }));
    expect(answer).toMatchObject({
      text: '',
      reasoning: '',
      toolCalls: [],
      stopReason: null,
      usage: null,
      model: null,
      replay: null,
      requestId: null,
    });
  });

  it.each<[string, StopReason]>([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['max_tokens', 'length'],
    ['tool_use', 'tool_calls'],
    ['guardrail_intervened', 'content_filter'],
    ['content_filtered', 'content_filter'],
    ['malformed_model_output', 'malformed'],
    ['malformed_tool_use', 'malformed'],
    ['model_context_window_exceeded', 'context'],
    ['something_new', 'other'],
  ])('stopped by %s', async (word, stopReason) => {
    const answer = await bedrock.invoke(json(converse([], word)));
    expect(answer.stopReason).toBe(stopReason);
  });

  it('that reasons is sent back as it came', async () => {
    const redacted = { reasoningContent: { redactedContent: 'AQID' } };
    const content = [SIGNED, redacted, { text: 'x' }, CALL];
    const { text, toolCalls, replay } = await bedrock.invoke(json(converse(content)));
    const turn = { role: 'assistant', text, toolCalls, replay } as const;
    const result = { role: 'tool', toolCallId: 'c1', content: 'seen' } as const;
    const request = { messages: [...HELLO.messages, turn, result] };
    await bedrock.invoke(json(converse([])), { request });
    expect(bedrock.provider.lastRequest.body).toMatchObject({
      messages: [{}, { role: 'assistant', content }, {}],
    });
  });
});

describe('An answer is refused', () => {
  it.each<[string, Script, string]>([
    ['is no JSON', json('<html>'), 'INVALID_JSON'],
    ['is empty', json(''), 'NO_MESSAGE'],
    ['is null', json('null'), 'INVALID_ANSWER'],
    ['is a list', json('[1]'), 'NO_MESSAGE'],
    ['has no message', json({ output: {} }), 'NO_MESSAGE'],
    ['has a message of another kind', json({ output: { message: 5 } }), 'NO_MESSAGE'],
    [
      'has content of another kind',
      json(converse([], null, { output: { message: { content: 'x' } } })),
      'INVALID_ANSWER',
    ],
    [
      'has a block of another kind',
      json(converse([], null, { output: { message: { content: [5] } } })),
      'INVALID_ANSWER',
    ],
    ['has a text of another kind', json(converse([{ text: 5 }])), 'INVALID_ANSWER'],
    ['has a call of another kind', json(converse([{ toolUse: 'x' }])), 'INVALID_ANSWER'],
    ['calls a tool without a name', json(converse([{ toolUse: { input: {} } }])), 'INVALID_ANSWER'],
  ])('when it %s', async (_, script, code) => {
    const fault = await faultOf(bedrock.invoke(script));
    expect(fault).toMatchObject({ category: 'PROTOCOL_ERROR', code, status: 200 });
  });
});

describe('BedrockAdapter fails', () => {
  it('as the refusal says, after one request', async () => {
    const message = `Too many tokens, ${KEYS.secretAccessKey} ${KEYS.sessionToken}`;
    const { headers, ...rest } = refusal('ThrottlingException', message, 429);
    const script = { ...rest, headers: { ...headers, 'retry-after': '1' } };
    const started = performance.now();
    const fault = await faultOf(bedrock.invoke(script));
    expect(performance.now() - started).toBeLessThan(900);
    expect(fault).toMatchObject({
      category: 'RATE_LIMIT',
      status: 429,
      code: 'ThrottlingException',
      requestId: 'req-7',
      retryAfterMs: 1_000,
      message: 'acme answered 429: Too many tokens, [redacted] [redacted]',
    });
    expect(bedrock.provider.requests).toHaveLength(1);
  });

  it('with the name and the parameter of a refusal that no row knows', async () => {
    const odd = await faultOf(bedrock.invoke(refusal('OddException', 'It is odd.', 400)));
    expect(odd).toMatchObject({ category: 'UNKNOWN_ERROR', status: 400, code: 'OddException' });
    const words = "This model doesn't support the stopSequences field.";
    const param = await faultOf(bedrock.invoke(refusal('ValidationException', words, 400)));
    expect(param).toMatchObject({ category: 'PARAMETER_UNSUPPORTED', param: 'stopSequences' });
    const typed = json({ __type: 'com.amazon.coral#AccessDeniedException', Message: 'No.' }, 403);
    expect(await faultOf(bedrock.invoke(typed))).toMatchObject({
      category: 'PERMISSION_ERROR',
      code: 'AccessDeniedException',
      message: 'acme answered 403: No.',
    });
  });

  it.each(['<html>Busy</html>', '', 'null', '[1]', '{"message":{"a":1},"code":{}}'])(
    'as PROVIDER_ERROR on a 503 of %j',
    async (body) => {
      const fault = await faultOf(bedrock.invoke(json(body, 503)));
      expect(fault).toMatchObject({ category: 'PROVIDER_ERROR', status: 503 });
      expect(fault.message).not.toContain('Deserialization');
      expect(bedrock.provider.requests).toHaveLength(1);
    },
  );

  it('as the egress says, word for word', async () => {
    const cut: Script = { body: ['{"output"'], headers: { 'content-length': '99' }, ending: 'cut' };
    const lost = await faultOf(bedrock.invoke(cut));
    expect(lost.category).toBe('NETWORK_ERROR');
    expect(lost.message).toMatch(/^127\.0\.0\.1:\d+ [a-z ]+ \(\w+\)\.$/);
    const closed = { at: { baseUrl: 'http://127.0.0.1:1' } };
    const refused = await faultOf(bedrock.invoke({}, closed));
    expect(refused.message).toBe('127.0.0.1:1 refused the connection (ECONNREFUSED).');
    expect(Object.keys(refused)).not.toContain('$metadata');
    const elsewhere = { status: 302, headers: { location: 'https://elsewhere.example/' } };
    expect((await faultOf(bedrock.invoke(elsewhere))).category).toBe('CONFIGURATION_ERROR');
    const big = json('x'.repeat(9_000_000));
    expect(await faultOf(bedrock.invoke(big))).toMatchObject({ code: 'RESPONSE_TOO_LARGE' });
  });

  it('as TIMEOUT when our time is up, which a request may change', async () => {
    const request = { ...HELLO, timeoutMs: 100 };
    const fault = await faultOf(bedrock.invoke({ silent: true }, { request }));
    expect(fault).toMatchObject({ category: 'TIMEOUT', code: 'TOTAL_TIMEOUT' });
  });

  it('as CANCELLED when the caller gives up, and the provider notices', async () => {
    const stop = new AbortController();
    const work = faultOf(bedrock.invoke({ silent: true }, { signal: stop.signal }));
    await vi.waitFor(() => bedrock.provider.lastRequest);
    const abortedAt = performance.now();
    stop.abort();
    expect(await work).toMatchObject({ category: 'CANCELLED', message: 'The call was cancelled.' });
    expect((await bedrock.provider.lastRequest.closed) - abortedAt).toBeLessThan(100);
    const before = await faultOf(bedrock.invoke({}, { signal: AbortSignal.abort() }));
    expect(before.category).toBe('CANCELLED');
    expect(bedrock.provider.requests).toHaveLength(1);
  });
});
