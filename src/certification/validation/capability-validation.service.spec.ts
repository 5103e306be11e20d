import { EventEmitter2 } from '@nestjs/event-emitter';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { honestAnswer } from '../../../test/support/honest-limits.js';
import {
  json,
  ScriptedProvider,
  type ScriptedAnswer,
} from '../../../test/support/scripted-provider.js';
import type { AwsKeysOfUsers } from '../../inference/aws-keys-of-users.js';
import { CredentialsResolver } from '../../inference/credentials.js';
import { InferenceService } from '../../inference/inference.service.js';
import { Config } from '../../shared/config.js';
import { CapabilityValidationService, type Validation } from './capability-validation.service.js';
import type { Attempt, Outcome } from './outcome.js';

const CAPABILITIES = {
  ...{ streaming: false, vision: true, functionCalling: true, toolChoice: true },
  ...{ structuredOutput: true, maxContextWindow: 16_000, maxOutputTokens: 1_000 },
};

let provider: ScriptedProvider;
let inference: InferenceService;

beforeEach(async () => {
  provider = await ScriptedProvider.start();
  const config = Config.from({
    ...{ DATABASE_URL: 'postgres://localhost/none', ALLOW_PRIVATE_PROVIDERS: 'true' },
  });
  const nobody: AwsKeysOfUsers = { of: async () => null };
  const credentials = new CredentialsResolver(config, nobody);
  inference = new InferenceService(config, credentials, new EventEmitter2());
});

afterEach(async () => {
  await inference.onApplicationShutdown();
  await provider.close();
});

/** The verdicts of a run at a provider that is honest but for requests that say what is picked. */
async function verdicts(
  pick: RegExp,
  answer: ScriptedAnswer,
  attempts: Attempt[] = [],
): Promise<Record<string, string>> {
  provider.script = ({ method, body }) => {
    if (method === 'GET') return json({ id: 'm-1' });
    return pick.test(JSON.stringify(body)) ? answer : honestAnswer(body, CAPABILITIES);
  };
  const outcomes = await validate({ attempts });
  return Object.fromEntries(outcomes.map(({ probe, verdict }) => [probe, verdict]));
}

function validate(changes: Partial<Validation>): Promise<Outcome[]> {
  return new CapabilityValidationService(inference).validate({
    target: {
      ...{ providerSlug: 'acme', authType: null, baseUrl: provider.url, apiVersion: null },
      ...{ modelId: 'm-1', region: 'global' },
    },
    ...{ inferenceType: 'ON_DEMAND', capabilities: CAPABILITIES, profile: 'standard' },
    ...{ discover: false, maxCostUsd: null, costPer1MInput: 1, costPer1MOutput: 2 },
    ...{
      attempts: [],
      now: () => new Date(),
      record: () => Promise.resolve(),
      signal: new AbortController().signal,
    },
    ...changes,
  });
}

const refused = (status: number, code: string, message = 'No.', param?: string) =>
  json({ error: { message, code, type: 'invalid_request_error', param } }, status);

describe('What went wrong with one probe', () => {
  it.each<[string, string, RegExp, ScriptedAnswer]>([
    [
      'vision',
      'INCONCLUSIVE_CONFIG',
      /image_url/,
      refused(400, 'invalid_image', 'Image dimensions are too small.'),
    ],
    [
      'structuredOutput',
      'INCONCLUSIVE_CONFIG',
      /response_format/,
      refused(400, 'x', "Invalid schema for response_format 'label'."),
    ],
  ])('%s (%s) keeps no other from being tried', async (probe, verdict, pick, answer) => {
    const seen = await verdicts(pick, answer);
    expect(seen).toMatchObject({ [probe]: verdict, maxOutputTokens: 'PASS', errorSurface: 'PASS' });
  });

  it('functionCalling skips what is built on it, and nothing else', async () => {
    const unsupported = refused(400, 'unsupported_parameter', 'No tools.', 'tools');
    expect(await verdicts(/"tools"/, unsupported)).toMatchObject({
      ...{ functionCalling: 'FAIL_CAPABILITY', toolChoice: 'SKIPPED_DEPENDENCY' },
      ...{ maxOutputTokens: 'PASS', maxContextWindow: 'PASS', errorSurface: 'PASS' },
    });
  });

  it.each([
    ['no quota', refused(429, 'insufficient_quota')],
    ['no permission', refused(403, 'forbidden')],
    ['a key that was withdrawn', refused(401, 'invalid_api_key')],
  ])('%s ends the run', async (_, answer) => {
    const seen = await verdicts(/image_url/, answer);
    expect(seen).toMatchObject({
      ...{ identity: 'PASS', basicChat: 'PASS', vision: 'INCONCLUSIVE_CONFIG' },
      ...{ functionCalling: 'SKIPPED_DEPENDENCY', maxOutputTokens: 'SKIPPED_DEPENDENCY' },
      errorSurface: 'SKIPPED_DEPENDENCY',
    });
  });
});

describe('What an earlier try settled', () => {
  const noQuota = refused(429, 'insufficient_quota');
  /** The attempts of a try that left the vision open. */
  const earlier = async () => {
    const attempts: Attempt[] = [];
    await verdicts(/no request says this/, noQuota, attempts);
    return attempts.filter(({ probe }) => probe !== 'vision');
  };

  it('stays as it is when a later one is stopped before it', async () => {
    const attempts = await earlier();
    const before = attempts.length;
    expect(await verdicts(/image_url/, noQuota, attempts)).toMatchObject({
      ...{ vision: 'INCONCLUSIVE_CONFIG', structuredOutput: 'FAIL_BEHAVIOUR' },
      ...{ maxOutputTokens: 'PASS', maxContextWindow: 'PASS', errorSurface: 'PASS' },
    });
    expect(attempts.slice(before).map(({ probe }) => probe)).toEqual(['vision']);
  });

  it('is not what was only begun', async () => {
    const attempts = await earlier();
    const [, ...later] = attempts.filter(({ probe }) => probe === 'structuredOutput');
    const begun = attempts.filter((one) => !later.includes(one));
    const seen = await verdicts(/image_url/, noQuota, begun);
    expect(seen.structuredOutput).toBe('SKIPPED_DEPENDENCY');
  });

  it('stays as it is though it is not declared', async () => {
    const found: Attempt = {
      ...{ probe: 'multiTurn', attempt: 1, verdict: 'INFO_UNDECLARED_SUPPORTED', reason: null },
      ...{ message: null, warnings: [], metrics: null, exchanges: [], costUsd: 0 },
      ...{ startedAt: new Date(), completedAt: new Date() },
    };
    provider.script = refused(401, 'invalid_api_key');
    const outcomes = await validate({ attempts: [found], discover: true });
    expect(outcomes.find(({ probe }) => probe === 'multiTurn')?.verdict).toBe(found.verdict);
    expect(outcomes.find(({ probe }) => probe === 'systemPrompt')?.verdict).toBe(
      'SKIPPED_DEPENDENCY',
    );
  });
});
