import { Global, Module } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { Test } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  completion,
  delta,
  json,
  ScriptedProvider,
  sse,
} from '../../test/support/scripted-provider.js';
import { SONNET } from '../../test/support/bedrock-harness.js';
import { controlPlane, NOVA_PRO } from '../../test/support/control-plane.js';
import { Config } from '../shared/config.js';
import { hideSecrets } from '../shared/secrets/hide-secrets.js';
import type { InferenceTarget } from './adapter.js';
import { AwsKeysOfUsers, AwsKeysUnreadable, type AwsKeys } from './aws-keys-of-users.js';
import type { BedrockInferenceType } from './bedrock/model-id/inference-type-rule.js';
import { collect } from './collect.js';
import { InferenceModule } from './inference.module.js';
import { InferenceService } from './inference.service.js';

const REQUEST = { messages: [{ role: 'user', content: 'hello' }] } as const;
const { signal } = new AbortController();

/** The keys users stored, by user. */
const stored: Record<string, AwsKeys | Error> = {};
const users: AwsKeysOfUsers = {
  async of(userId) {
    const keys = stored[userId] ?? null;
    if (keys instanceof Error) throw keys;
    return keys;
  },
};

let events: EventEmitter2;
let provider: ScriptedProvider;
let close: () => Promise<void>;

beforeEach(async () => {
  events = new EventEmitter2();
  provider = await ScriptedProvider.start();
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await close();
  await provider.close();
});

async function start(env: Record<string, string> = {}): Promise<InferenceService> {
  const config = Config.from({
    DATABASE_URL: 'postgres://localhost/none',
    ALLOW_PRIVATE_PROVIDERS: 'true',
    ...env,
  });
  @Global()
  @Module({
    providers: [
      { provide: Config, useValue: config },
      { provide: AwsKeysOfUsers, useValue: users },
      { provide: EventEmitter2, useValue: events },
    ],
    exports: [Config, AwsKeysOfUsers, EventEmitter2],
  })
  class ConfigModule {}
  const imports = [ConfigModule, InferenceModule];
  const module = await Test.createTestingModule({ imports }).compile();
  close = () => module.close();
  return module.get(InferenceService);
}

function targetOf(authType: string | null): InferenceTarget {
  const at = { baseUrl: provider.url, modelId: 'm-1', region: 'global', apiVersion: null };
  return { providerSlug: 'acme-ai', authType, ...at };
}

describe('InferenceService', () => {
  it('invokes and streams through the adapter, and closes with the application', async () => {
    const service = await start();
    const target = targetOf(null);
    provider.script = json(completion({ content: 'whole' }));
    expect((await service.invoke(target, REQUEST, signal)).text).toBe('whole');
    provider.script = sse([delta({ content: 'in pieces' }, 'stop')]);
    expect((await collect(service.stream(target, REQUEST, signal))).text).toBe('in pieces');
    await close();
    const after = service.invoke(target, REQUEST, signal);
    await expect(after).rejects.toMatchObject({ category: 'CANCELLED' });
  });

  it('sends the key of the provider, and only where one is asked for', async () => {
    const service = await start({ ACME_AI_API_KEY: 'the-key' });
    provider.script = json(completion({ content: 'x' }));
    await service.invoke(targetOf('api_key'), REQUEST, signal);
    expect(provider.lastRequest.headers.authorization).toBe('Bearer the-key');
    await service.invoke(targetOf(null), REQUEST, signal);
    expect(provider.lastRequest.headers.authorization).toBeUndefined();
  });

  it.each([
    ['the key is not set', 'api_key', {}, 'AUTHENTICATION_ERROR'],
    ['it is private', null, { ALLOW_PRIVATE_PROVIDERS: 'false' }, 'CONFIGURATION_ERROR'],
  ])('asks nothing of a provider when %s', async (_, authType, env, category) => {
    const service = await start(env);
    const target = targetOf(authType);
    await expect(service.invoke(target, REQUEST, signal)).rejects.toMatchObject({ category });
    const stream = collect(service.stream(target, REQUEST, signal));
    await expect(stream).rejects.toMatchObject({ category });
    expect(provider.connections).toBe(0);
  });

  it("calls AWS with a user's own keys, those of the moment", async () => {
    const service = await start();
    const target = { ...targetOf('aws_credentials'), modelId: SONNET, region: 'us-east-1' };
    provider.script = json({ output: { message: { role: 'assistant', content: [] } } });
    const signedFor = async (onBehalfOf: string) => {
      await service.invoke({ ...target, onBehalfOf }, REQUEST, signal).catch(() => undefined);
      const { authorization = '' } = provider.lastRequest.headers;
      return /Credential=([^/]+)/.exec(authorization)?.[1];
    };
    stored.ann = { accessKeyId: 'AKIAANN', secretAccessKey: 'secret-of-ann-1' };
    stored.bob = { accessKeyId: 'AKIABOB', secretAccessKey: 'secret-of-bob-1' };
    expect([await signedFor('ann'), await signedFor('bob')]).toEqual(['AKIAANN', 'AKIABOB']);
    stored.ann = { accessKeyId: 'AKIANEW', secretAccessKey: 'secret-of-ann-2' };
    expect(await signedFor('ann')).toBe('AKIANEW');
    expect(hideSecrets('secret-of-ann-2 secret-of-bob-1')).not.toMatch(/secret-of/);
  });

  it("says what is wrong with a user's keys, and lets a fault of the database be one", async () => {
    const service = await start();
    const target = { ...targetOf('aws_credentials'), onBehalfOf: 'eve' };
    stored.eve = new AwsKeysUnreadable('The keys cannot be opened.');
    await expect(service.invoke(target, REQUEST, signal)).rejects.toMatchObject({
      category: 'AUTHENTICATION_ERROR',
      message: 'The keys cannot be opened.',
    });
    stored.eve = new Error('away');
    await expect(service.invoke(target, REQUEST, signal)).rejects.toBe(stored.eve);
    expect(provider.connections).toBe(0);
  });
});

describe('What is said of a model without invoking it', () => {
  it('comes from the list of an OpenAI-style provider', async () => {
    const service = await start();
    provider.script = json({ id: 'm-1' });
    const said = await service.standing(targetOf(null), 'ON_DEMAND', signal);
    expect(said).toMatchObject({ usable: true });
    expect(provider.lastRequest.path).toBe('/v1/models/m-1');
  });

  it('is nothing at Azure, which is not asked', async () => {
    const service = await start();
    const azure = { ...targetOf(null), providerSlug: 'azure-openai' };
    expect(await service.standing(azure, 'ON_DEMAND', signal)).toBeNull();
    expect(provider.requests).toEqual([]);
  });

  const atBedrock = (modelId: string, region: string) => {
    const target = { ...targetOf('aws_credentials'), providerSlug: 'bedrock', modelId, region };
    provider.script = controlPlane;
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'id');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'canary-secret');
    return target;
  };

  it.each<[string, string, BedrockInferenceType, boolean, string | null]>([
    [NOVA_PRO, 'eu-west-2', 'ON_DEMAND', true, null],
    [`us.${NOVA_PRO}`, 'eu-west-1', 'ON_DEMAND', false, `the model: eu.${NOVA_PRO}.`],
    [`eu.${NOVA_PRO}`, 'eu-west-2', 'INFERENCE_PROFILE', false, 'cannot be called from eu-west-2'],
  ])(
    'comes from the control plane of Bedrock: %s from %s',
    async (id, region, type, usable, word) => {
      const service = await start();
      const said = await service.standing(atBedrock(id, region), type, signal);
      expect(said).toMatchObject({ usable });
      if (word === null) expect(said).toEqual({ usable, reason: null, lifecycle: 'ACTIVE' });
      else expect(said?.reason).toContain(word);
    },
  );

  it('is not waited for by one who has left', async () => {
    const service = await start();
    const target = atBedrock(NOVA_PRO, 'eu-west-2');
    provider.script = { silent: true };
    const controller = new AbortController();
    const asked = service.standing(target, 'ON_DEMAND', controller.signal);
    setTimeout(() => controller.abort(), 20);
    await expect(asked).rejects.toMatchObject({ category: 'CANCELLED' });
    const late = service.standing(target, 'ON_DEMAND', controller.signal);
    await expect(late).rejects.toMatchObject({ category: 'CANCELLED' });
  });
});
