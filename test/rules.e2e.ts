import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { CAPABILITIES, MODEL, PRICES, PROVIDER } from './support/samples.js';
import { TestService } from './support/service.js';

let catalogue: TestService;
let baseModelId: string;
const providers: Record<string, string> = {};

beforeAll(async () => {
  catalogue = await TestService.start();
  baseModelId = await catalogue.create('/api/v2/models', MODEL);
  for (const [slug, authType] of [
    ['bedrock', 'aws_credentials'],
    ['openai', 'api_key'],
  ] as const) {
    providers[slug] = await catalogue.create('/api/v2/providers', { ...PROVIDER, slug, authType });
  }
});

afterAll(() => catalogue.close());

const ARN = 'arn:aws:bedrock:us-east-1:123456789012';
const RESERVED = `${ARN}:provisioned-model/abcdefghij12`;
const SONNET = 'anthropic.claude-sonnet-4-5-20250929-v1:0';

function add(at: string, body: Record<string, unknown>) {
  const providerId = providers[at];
  return catalogue.call('POST', '/api/v2/deployments', {
    ...PRICES,
    baseModelId,
    providerId,
    ...body,
  });
}

describe('inference type, price per hour and id', () => {
  it.each([
    ['bedrock', 'ON_DEMAND', SONNET, null],
    ['bedrock', 'ON_DEMAND', `us.${SONNET}`, '/deploymentId'],
    ['bedrock', 'ON_DEMAND', RESERVED, '/deploymentId'],
    ['bedrock', 'ON_DEMAND', 'gpt-4o', '/deploymentId'],
    ['bedrock', 'INFERENCE_PROFILE', `us.${SONNET}`, null],
    ['bedrock', 'INFERENCE_PROFILE', `global.${SONNET}`, null],
    ['bedrock', 'INFERENCE_PROFILE', `${ARN}:inference-profile/us.${SONNET}`, null],
    ['bedrock', 'INFERENCE_PROFILE', `${ARN}:application-inference-profile/abcdefghij12`, null],
    ['bedrock', 'INFERENCE_PROFILE', `x${SONNET}`, '/deploymentId'],
    ['bedrock', 'PROVISIONED', RESERVED, null],
    ['bedrock', 'PROVISIONED', `us.${SONNET}-p`, '/deploymentId'],
    ['openai', 'ON_DEMAND', 'gpt-4o', null],
    ['openai', 'PROVISIONED', 'gpt-4o-ptu', '/deploymentId'],
  ])('at %s %s with %s', async (at, inferenceType, deploymentId, pointer) => {
    const costPerHour = inferenceType === 'PROVISIONED' ? 20 : null;
    const answer = await add(at, { inferenceType, deploymentId, costPerHour });
    expect(answer.status, JSON.stringify(answer.body)).toBe(pointer ? 400 : 201);
    if (pointer) {
      expect(answer.body.errors).toEqual([expect.objectContaining({ pointer })]);
    } else {
      expect(answer.body.deploymentId).toBe(deploymentId);
    }
  });

  it('takes the ARN of the provider configuration in place of the id', async () => {
    const body = { inferenceType: 'PROVISIONED', deploymentId: 'mine', costPerHour: 20 };
    const answer = await add('bedrock', { ...body, providerConfig: { arn: RESERVED } });
    expect(answer.status).toBe(201);
    const wrong = { ...body, deploymentId: RESERVED, providerConfig: { arn: `${ARN}:x/y` } };
    const refused = await add('bedrock', wrong);
    expect(refused.body.errors).toEqual([
      expect.objectContaining({ pointer: '/providerConfig/arn' }),
    ]);
  });

  it('takes an Azure resource id for reserved throughput there', async () => {
    const providerConfig = { resourceId: '/subscriptions/1/deployments/ptu' };
    const body = { inferenceType: 'PROVISIONED', deploymentId: 'ptu', costPerHour: 20 };
    expect((await add('openai', { ...body, providerConfig })).status).toBe(201);
  });

  it.each([
    ['PROVISIONED', null, true],
    ['PROVISIONED', 0, false],
    ['ON_DEMAND', 1, true],
    ['ON_DEMAND', null, false],
  ])('%s with %s US dollars per hour', async (inferenceType, costPerHour, refused) => {
    const deploymentId = `${ARN}:provisioned-model/${inferenceType}${costPerHour}`;
    const answer = await add('openai', { inferenceType, deploymentId, costPerHour });
    expect(answer.status).toBe(refused ? 400 : 201);
    if (!refused) return;
    expect(answer.body.errors).toEqual([expect.objectContaining({ pointer: '/costPerHour' })]);
  });

  it('holds for changes as well', async () => {
    const created = await add('bedrock', { deploymentId: 'anthropic.claude-haiku-9' });
    const path = `/api/v2/deployments/${String(created.body.id)}`;
    const refused = await catalogue.call('PATCH', path, { inferenceType: 'INFERENCE_PROFILE' });
    expect(refused.body.errors).toEqual([expect.objectContaining({ pointer: '/deploymentId' })]);
    expect((await catalogue.call('GET', path)).body).toEqual(created.body);
  });

  it('keeps an ARN within the regions of the deployment', async () => {
    const body = { inferenceType: 'PROVISIONED', costPerHour: 1, regions: ['eu-west-1'] };
    const answer = await add('bedrock', { ...body, deploymentId: `${RESERVED.slice(0, -2)}99` });
    expect(answer.body.errors).toEqual([expect.objectContaining({ pointer: '/deploymentId' })]);
  });

  it('does not let a provider with deployments become one of AWS', async () => {
    const path = `/api/v2/providers/${String(providers.openai)}`;
    expect((await catalogue.call('PATCH', path, { authType: 'aws_credentials' })).status).toBe(409);
    expect((await catalogue.call('PATCH', path, { authType: 'oauth' })).status).toBe(200);
  });
});

describe('the JSON fields of a deployment', () => {
  it.each([
    [{ providerConfig: { arn: 'x' } }, '/providerConfig/arn'],
    [{ providerConfig: { arm: 'x' } }, '/providerConfig/arm'],
    [{ providerConfig: [] }, '/providerConfig'],
    [{ customParams: { temperature: 3 } }, '/customParams/temperature'],
    [{ customParams: { stopSequences: [1] } }, '/customParams/stopSequences'],
    [{ customParams: { maxTokens: 0.5 } }, '/customParams/maxTokens'],
    [{ customParams: { extra: deep(9) } }, '/customParams/extra'],
    [{ customParams: { extra: { long: 'x'.repeat(20_000) } } }, '/customParams/extra'],
    [{ customParams: { extra: { valueOf: 1 } } }, '/customParams/extra/valueOf'],
    [{ regions: ['US'] }, '/regions'],
    [{ regions: ['us', 'us'] }, '/regions'],
    [{ rpmLimit: 0 }, '/rpmLimit'],
    [{ deploymentId: 'two words' }, '/deploymentId'],
    [{ deploymentId: 'é' }, '/deploymentId'],
    [{ priceChange: { kind: 'rebate' } }, '/priceChange/kind'],
  ])('%.60j is refused', async (fault, pointer) => {
    const answer = await add('openai', { deploymentId: 'json', ...fault });
    expect(answer.status).toBe(400);
    expect(answer.body.errors).toContainEqual(expect.objectContaining({ pointer }));
  });

  it('keep what is within bounds', async () => {
    const customParams = { temperature: 0, stopSequences: ['\n'], extra: deep(8) };
    const answer = await add('openai', { deploymentId: 'json', customParams });
    expect(answer.body.customParams).toEqual(customParams);
  });

  function deep(levels: number): object {
    return levels === 1 ? {} : { next: deep(levels - 1) };
  }
});

describe('the address of a provider', () => {
  it.each([
    ['https://api.openai.com/v1', true],
    ['http://localhost:11434', true],
    ['http://[::1]:8080/v1', true],
    ['HTTPS://x.example', false],
    ['ftp://x.example', false],
    ['https://', false],
    ['http:///path', false],
    ['https:///x.example/v1', false],
    ['https://@x.example/v1', false],
    ['https://:@x.example', false],
    ['http://\\x.example', false],
    ['https://user:secret@x.example', false],
    ['https://x.example/#part', false],
    ['https://x example', false],
    ['http://[::1', false],
    ['javascript:alert(1)', false],
    ['', false],
  ])('%s', async (baseUrl, accepted) => {
    const slug = `url-${Math.random().toString(36).slice(2)}`.replace(/-\d/, '-x');
    const answer = await catalogue.call('POST', '/api/v2/providers', {
      ...PROVIDER,
      slug,
      baseUrl,
    });
    expect(answer.status, JSON.stringify(answer.body)).toBe(accepted ? 201 : 400);
    if (!accepted) {
      expect(answer.body.errors).toContainEqual(expect.objectContaining({ pointer: '/baseUrl' }));
    }
  });
});

describe('the slug of a provider', () => {
  it.each(['admin', 'model-catalog'])('%s would name a key of the service itself', async (slug) => {
    const id = await catalogue.create('/api/v2/providers', { ...PROVIDER, slug: `not-${slug}` });
    for (const answer of [
      await catalogue.call('POST', '/api/v2/providers', { ...PROVIDER, slug }),
      await catalogue.call('PATCH', `/api/v2/providers/${id}`, { slug }),
    ]) {
      expect(answer.status).toBe(400);
      expect(answer.body.errors).toMatchObject([{ pointer: '/slug' }]);
    }
  });
});

describe('the successor of a model', () => {
  it('makes no circle, however long', async () => {
    const [a, b, c] = [await model('A'), await model('B'), await model('C')];
    expect((await succeed(a, b)).status).toBe(200);
    expect((await succeed(b, c)).status).toBe(200);
    for (const back of [a, b, c]) {
      const refused = await succeed(c, back);
      expect(refused.status).toBe(400);
      expect(refused.body.errors).toEqual([expect.objectContaining({ pointer: '/replacedBy' })]);
    }
    expect((await catalogue.call('DELETE', `/api/v2/models/${c}`)).status).toBe(409);
  });

  it('makes no circle when both ends change at once', async () => {
    for (let round = 0; round < 10; round++) {
      const [a, b] = [await model(`A${round}`), await model(`B${round}`)];
      const answers = await Promise.all([succeed(a, b), succeed(b, a)]);
      expect(answers.map(({ status }) => status).toSorted((x, y) => x - y)).toEqual([200, 400]);
    }
  });

  const model = (name: string) =>
    catalogue.create('/api/v2/models', { ...MODEL, name: `Successor ${name}` });
  const succeed = (id: string, replacedBy: string) =>
    catalogue.call('PATCH', `/api/v2/models/${id}`, { replacedBy });
});

describe('the database itself refuses', () => {
  const model = { name: 'SQL', vendor: 'V', capabilities: JSON.stringify(CAPABILITIES) };
  const provider = { name: 'SQL', slug: 'sql' };
  const deployment = { deploymentId: 'sql', costPer1MInput: 1, costPer1MOutput: 1 };
  const claims = (change: object) => JSON.stringify({ ...CAPABILITIES, ...change });

  it.each([
    ['base_models', { ...model, name: '' }],
    ['base_models', { ...model, vendor: '' }],
    ['base_models', { ...model, name: MODEL.name }],
    ['base_models', { ...model, capabilities: '[]' }],
    ['base_models', { ...model, capabilities: claims({ vision: 'yes' }) }],
    ['base_models', { ...model, capabilities: claims({ maxContextWindow: 0 }) }],
    ['base_models', { ...model, capabilities: claims({ maxOutputTokens: -1 }) }],
    ['base_models', { ...model, capabilities: claims({ maxOutputTokens: undefined }) }],
    ['base_models', { ...model, defaultParams: '[]' }],
    ['base_models', { ...model, replacedBy: 'nobody' }],
    ['base_models', { ...model, id: 'self', replacedBy: 'self' }],
    ['providers', { ...provider, slug: 'Open AI' }],
    ['providers', { ...provider, slug: 'openai' }],
    ['providers', { ...provider, baseUrl: 'ftp://x' }],
    ['providers', { ...provider, authType: 'password' }],
    ['model_deployments', { ...deployment, deploymentId: 'gpt-4o' }],
    ['model_deployments', { ...deployment, deploymentId: 'two words' }],
    ['model_deployments', { ...deployment, costPer1MInput: -1 }],
    ['model_deployments', { ...deployment, costPer1MOutput: 'NaN' }],
    ['model_deployments', { ...deployment, costPer1MOutput: 'Infinity' }],
    ['model_deployments', { ...deployment, costPerHour: 1 }],
    ['model_deployments', { ...deployment, inferenceType: 'PROVISIONED' }],
    ['model_deployments', { ...deployment, inferenceType: 'PROVISIONED', costPerHour: 1 }],
    ['model_deployments', { ...deployment, inferenceType: 'PROVISIONED', deploymentId: 'arn:x' }],
    ['model_deployments', { ...deployment, rpmLimit: 0 }],
    ['model_deployments', { ...deployment, tpmLimit: -5 }],
    ['model_deployments', { ...deployment, providerConfig: '[]' }],
    ['model_deployments', { ...deployment, customParams: '1' }],
    ['model_deployments', { ...deployment, baseModelId: 'nobody' }],
  ])('in %s %j', async (table, row) => {
    await expect(insert(table, row)).rejects.toMatchObject({
      code: expect.stringMatching(/^23(503|505|514)$/) as unknown,
    });
  });

  it('and takes the same rows without the fault', async () => {
    await insert('base_models', model);
    await insert('providers', provider);
    await insert('model_deployments', deployment);
    const reserved = { inferenceType: 'PROVISIONED', costPerHour: 1, deploymentId: 'arn:sql' };
    await insert('model_deployments', { ...deployment, ...reserved });
  });

  function insert(table: string, row: Record<string, unknown>) {
    const links =
      table === 'model_deployments' ? { baseModelId, providerId: providers.openai } : {};
    const columns: Record<string, unknown> = {
      id: Math.random().toString(36),
      updatedAt: new Date(),
      ...links,
      ...row,
    };
    const names = Object.keys(columns).map((name) => `"${name}"`);
    const places = names.map((_, index) => `$${index + 1}`);
    return catalogue.database.query(
      `INSERT INTO ${table} (${names.join()}) VALUES (${places.join()})`,
      Object.values(columns),
    );
  }
});
