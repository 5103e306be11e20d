import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type {
  ModelCapabilitiesDto,
  RegionCapabilitiesDto,
} from '../src/deployments/views/model-capabilities.dto.js';
import { Rows } from './support/rows.js';
import { CAPABILITIES, UNKNOWN } from './support/samples.js';
import { TestService } from './support/service.js';

let catalogue: TestService;
let rows: Rows;

beforeAll(async () => {
  catalogue = await TestService.start();
  rows = new Rows(catalogue);
});

afterAll(() => catalogue.close());

function result(claim: string | null, verdict: string, reason: string | null = null) {
  return { probe: claim ?? 'basicChat', claim, verdict, reason, message: null, warnings: [] };
}

function capabilities(modelId: string, query = ''): Promise<ModelCapabilitiesDto> {
  return rows.read(`/api/models/${encodeURIComponent(modelId)}/capabilities${query}`);
}

describe('capabilities', () => {
  const testedAt = new Date('2026-03-01T12:00:00.000Z');
  let modelId: string;
  let providerId: string;
  let certified: string;
  let bare: string;

  beforeAll(async () => {
    modelId = await rows.model('Seen', {
      vendor: 'Seer',
      capabilities: { ...CAPABILITIES, vision: true, systemPrompt: true },
    });
    providerId = await rows.provider('seer');
    const regions = ['eu-west-1', 'us-east-1', 'us-west-2', 'ap-south-1'];
    certified = await rows.deployment(modelId, providerId, 'seen-1', { regions });
    bare = await rows.deployment(modelId, providerId, 'seen-2', { isActive: false });
    const results = [
      result(null, 'PASS'),
      result('streaming', 'PASS'),
      result('functionCalling', 'PASS_WITH_WARNING'),
      result('vision', 'FAIL_BEHAVIOUR', 'WRONG_ANSWER'),
      result('systemPrompt', 'FAIL_CAPABILITY', 'CAPABILITY_UNSUPPORTED'),
      result('multiTurn', 'SKIPPED_NOT_DECLARED'),
      result('reasoning', 'INCONCLUSIVE_TRANSIENT', 'RATE_LIMIT'),
      result('maxOutputTokens', 'PASS'),
      {
        ...result('maxContextWindow', 'PASS'),
        metrics: { contextVerifiedTo: 7_800, wholeWindow: 0 },
      },
    ];
    const expiresAt = new Date(Date.now() - 1000);
    await rows.certificate(certified, {
      region: 'us-east-1',
      verdict: 'FAILED',
      testedAt,
      results,
    });
    await rows.certificate(certified, { region: 'eu-west-1', testedAt, expiresAt, results });
    await rows.certificate(certified, { region: 'us-west-2', verdict: null });
    await rows.certificate(certified, { region: 'sa-east-1', results });
  });

  function regionOf(view: ModelCapabilitiesDto, name: string): RegionCapabilitiesDto {
    const found = view.deployments[0]?.regions.find(({ region }) => region === name);
    if (!found) throw new Error(`No region ${name}.`);
    return found;
  }

  it('shows what is declared, and every deployment', async () => {
    const view = await capabilities(modelId);
    expect(view.model).toEqual({ id: modelId, name: 'Seen', vendor: 'Seer' });
    expect(view.declared).toEqual({ ...CAPABILITIES, vision: true, systemPrompt: true });
    expect(view.truncated).toBe(false);
    expect(view.deployments).toMatchObject([
      { id: certified, deploymentId: 'seen-1', providerSlug: 'seer', isActive: true },
      { id: bare, inferenceType: 'ON_DEMAND', isActive: false },
    ]);
  });

  it('shows the regions a deployment is offered in, and no other', async () => {
    const { deployments } = await capabilities(modelId);
    const names = deployments.map(({ regions }) => regions.map(({ region }) => region));
    expect(names).toEqual([['eu-west-1', 'us-east-1', 'us-west-2', 'ap-south-1'], ['global']]);
  });

  it('tells proved from refuted from untested', async () => {
    const at = testedAt.toISOString();
    const { claims, ...region } = regionOf(await capabilities(modelId), 'us-east-1');
    expect(region).toEqual({
      region: 'us-east-1',
      verdict: 'FAILED',
      expired: false,
      testedAt: at,
    });
    const untested = { state: 'untested', reason: null, provedUpTo: null, testedAt: null };
    const proved = { state: 'proved', reason: null, provedUpTo: null, testedAt: at };
    const refuted = { ...proved, state: 'refuted' };
    expect(claims).toEqual({
      streaming: { ...proved, declared: true },
      functionCalling: { ...proved, declared: true },
      vision: { ...refuted, declared: true, reason: 'WRONG_ANSWER' },
      systemPrompt: { ...refuted, declared: true, reason: 'CAPABILITY_UNSUPPORTED' },
      multiTurn: { ...untested, declared: false, reason: 'SKIPPED_NOT_DECLARED' },
      reasoning: { ...untested, declared: false, reason: 'RATE_LIMIT' },
      maxOutputTokens: { ...proved, declared: 16_384 },
      maxContextWindow: {
        ...{ declared: 128_000, state: 'untested', reason: 'PARTIALLY_VERIFIED' },
        ...{ provedUpTo: 7_800, testedAt: at },
      },
      stopSequences: { ...untested, declared: false },
      structuredOutput: { ...untested, declared: false },
      streamingToolUse: { ...untested, declared: false },
      parallelToolCalls: { ...untested, declared: false },
      toolChoice: { ...untested, declared: false },
      promptCaching: { ...untested, declared: false },
    });
  });

  it('says that a verdict has expired, and what it had found', async () => {
    const region = regionOf(await capabilities(modelId), 'eu-west-1');
    expect(region).toMatchObject({ verdict: 'CERTIFIED', expired: true });
    expect(region.claims.streaming?.state).toBe('proved');
  });

  it.each(['us-west-2', 'ap-south-1'])(
    'has nothing tested in %s, which has no verdict',
    async (name) => {
      const region = regionOf(await capabilities(modelId), name);
      expect(region).toMatchObject({ verdict: null, expired: false, testedAt: null });
      const states = new Set(Object.values(region.claims).map(({ state }) => state));
      expect([...states]).toEqual(['untested']);
    },
  );

  it("shows one deployment by the provider's own id", async () => {
    const view = await capabilities('seen-1');
    expect(view.model.id).toBe(modelId);
    expect(view.deployments.map(({ id }) => id)).toEqual([certified]);
    expect(regionOf(view, 'us-east-1').claims.vision?.state).toBe('refuted');
  });

  it('changes after a write', async () => {
    const before = await capabilities('seen-2');
    expect(before.declared.reasoning).toBeUndefined();
    const patch = { capabilities: { reasoning: true } };
    await rows.patch(`/api/v2/models/${modelId}`, patch);
    expect((await capabilities('seen-2')).declared.reasoning).toBe(true);
    await rows.patch(`/api/v2/deployments/${bare}`, { regions: ['eu-west-1'] });
    const { deployments } = await capabilities('seen-2');
    expect(deployments[0]?.regions.map(({ region }) => region)).toEqual(['eu-west-1']);
    await rows.patch(`/api/v2/providers/${providerId}`, { slug: 'seer-two' });
    expect((await capabilities('seen-2')).deployments[0]?.providerSlug).toBe('seer-two');
  });
});

describe('capabilities by odd ids', () => {
  const ARN =
    'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-3-5-sonnet-20241022-v2:0';
  const PRINTABLE = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index));

  it.each([
    ['an ARN with a slash', 'odd-arn', ARN],
    ['what URLs give a meaning', 'odd-url', 'a%2Fb/c?d#e&f=g+h;i'],
    ['all that is printable', 'odd-printable', PRINTABLE.join('')],
    ['the longest', 'odd-longest', `x/${'y'.repeat(2046)}`],
  ])('finds %s', async (_, slug, deploymentId) => {
    const modelId = await rows.model(slug);
    const providerId = await rows.provider(slug);
    const id = await rows.deployment(modelId, providerId, deploymentId);
    const view = await capabilities(deploymentId);
    expect(view.model.id).toBe(modelId);
    expect(view.deployments).toMatchObject([{ id, deploymentId }]);
  });

  it('shows all deployments of one model under the id', async () => {
    const modelId = await rows.model('Shared');
    for (const slug of ['shared-a', 'shared-b']) {
      await rows.deployment(modelId, await rows.provider(slug), 'shared');
    }
    const slugs = (view: ModelCapabilitiesDto) =>
      view.deployments.map(({ providerSlug }) => providerSlug).toSorted();
    expect(slugs(await capabilities('shared'))).toEqual(['shared-a', 'shared-b']);
    expect(slugs(await capabilities('shared', '?provider=shared-b'))).toEqual(['shared-b']);
    expect(slugs(await capabilities(modelId, '?provider=shared-a'))).toEqual(['shared-a']);
  });

  it('asks for the provider when the id leads to different models', async () => {
    const first = await rows.model('Ambiguous 1');
    const second = await rows.model('Ambiguous 2');
    await rows.deployment(first, await rows.provider('ambiguous-a'), 'gpt-4o');
    await rows.deployment(second, await rows.provider('ambiguous-b'), 'gpt-4o');
    const { status, body } = await catalogue.call('GET', '/api/models/gpt-4o/capabilities');
    expect(status).toBe(409);
    expect(body.detail).toMatch(/provider: ambiguous-a, ambiguous-b\.$/);
    const view = await capabilities('gpt-4o', '?provider=ambiguous-b');
    expect(view.model.id).toBe(second);
    expect(view.deployments.map(({ providerSlug }) => providerSlug)).toEqual(['ambiguous-b']);
  });

  it('ends before the regions become more than 500', async () => {
    const modelId = await rows.model('Everywhere');
    const providerId = await rows.provider('everywhere');
    const regions = Array.from({ length: 100 }, (_, index) => `region-${index}`);
    for (let index = 0; index < 5; index++) {
      await rows.deployment(modelId, providerId, `everywhere-${index}`, { regions });
    }
    const whole = await capabilities(modelId);
    expect([whole.deployments.length, whole.truncated]).toEqual([5, false]);
    await rows.deployment(modelId, providerId, 'everywhere-6');
    const cut = await capabilities(modelId);
    expect([cut.deployments.length, cut.truncated]).toEqual([5, true]);
  });

  it.each([
    ['an unknown model', UNKNOWN, 404],
    ['an unknown deployment', 'nobody.has-this/id', 404],
    ['a known deployment at another provider', 'shared?provider=seer', 404],
    ['NUL', 'a%00b', 400],
    ['a line feed', 'a%0Ab', 400],
    ['a line feed at the end', 'a%0A', 400],
    ['DEL', 'a%7F', 400],
    ['a space', 'a%20b', 400],
    ['a letter beyond ASCII', '%C3%A9', 400],
    ['too long an id', 'x'.repeat(2049), 400],
    ['an unknown parameter', `${UNKNOWN}?region=eu`, 400],
    ['too long a provider', `${UNKNOWN}?provider=${'x'.repeat(64)}`, 400],
  ])('refuses %s', async (_, given, status) => {
    const [id = '', query = ''] = given.split('?');
    const path = `/api/models/${id.replaceAll('/', '%2F')}/capabilities`;
    const answer = await catalogue.call('GET', `${path}?${query}`);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toMatch('application/problem+json');
    expect(answer.body).toMatchObject({ status, type: 'about:blank' });
  });
});
