import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import {
  lackingModel,
  SIMULATED,
  startSimulator,
  type Simulator,
} from '../src/embedded/simulator/simulator.js';
import type { components } from '../docs/api/openapi.js';
import { certify } from './support/certifying.js';
import { CAPABILITIES, MODEL, PRICES } from './support/samples.js';
import { dataOf, TestService } from './support/service.js';

type Certification = components['schemas']['CertificationDto'];

/** Everything but promptCaching, which the simulated provider does not report. */
const EVERYTHING = {
  ...CAPABILITIES,
  ...{ vision: true, systemPrompt: true, multiTurn: true, stopSequences: true },
  ...{ structuredOutput: true, streamingToolUse: true, parallelToolCalls: true },
  ...{ toolChoice: true, reasoning: true },
};

let catalogue: TestService;
let simulator: Simulator;
let providerId: string;

beforeAll(async () => {
  simulator = await startSimulator();
  catalogue = await TestService.start();
  const provider = { name: 'Simulator', slug: 'simulator', baseUrl: simulator.baseUrl };
  providerId = await catalogue.create('/api/v2/providers', provider);
});

afterAll(async () => {
  await catalogue.close();
  await simulator.stop();
});

async function certificateOf(deploymentId: string, capabilities = EVERYTHING, name = deploymentId) {
  const model = { ...MODEL, name: `Model ${name}`, capabilities };
  const baseModelId = await catalogue.create('/api/v2/models', model);
  const body = { baseModelId, providerId, deploymentId, ...PRICES };
  const id = await catalogue.create('/api/v2/deployments', body);
  await certify(catalogue, id);
  const params = { query: { deploymentId: id } };
  const { data } = await dataOf(catalogue.api.GET('/api/v2/certifications', { params }));
  const [certificate] = data;
  if (!certificate) throw new Error('There is no certificate.');
  return { certificate, baseModelId };
}

function verdicts({ testResults }: Certification): Record<string, unknown> {
  const results: unknown[] = Array.isArray(testResults) ? testResults : [];
  return Object.fromEntries(
    results.map((result) => [Object(result).probe, Object(result).verdict]),
  );
}

describe('An honest deployment', () => {
  it('proves every capability it declares', async () => {
    const { certificate, baseModelId } = await certificateOf(SIMULATED.honest);
    const { promptCaching, ...tested } = verdicts(certificate);
    expect(promptCaching).toBe('SKIPPED_NOT_DECLARED');
    expect(new Set(Object.values(tested))).toEqual(new Set(['PASS']));
    expect(Object.keys(tested)).toHaveLength(17);
    expect(certificate).toMatchObject({ status: 'CERTIFIED', badge: 'PREMIUM', refuted: [] });
    const params = { path: { modelId: baseModelId } };
    const view = await dataOf(catalogue.api.GET('/api/models/{modelId}/capabilities', { params }));
    const [claims] = view.deployments.flatMap(({ regions }) => regions.map((one) => one.claims));
    const proved = Object.entries(claims ?? {}).filter(([, { state }]) => state === 'proved');
    expect(proved.map(([claim]) => claim).sort()).toEqual(Object.keys(EVERYTHING).sort());
  });
});

describe('A deployment that claims what it cannot do', () => {
  it.each([
    ['vision', 'FAILED', 'NO_COLOUR'],
    ['functionCalling', 'FAILED', 'NO_TOOL_CALL'],
    ['maxOutputTokens', 'FAILED', 'LIMIT_BELOW_DECLARED'],
    ['maxContextWindow', 'FAILED', 'SILENT_TRUNCATION'],
    ['systemPrompt', 'QUALITY_WARNING', 'SYSTEM_PROMPT_IGNORED'],
    ['multiTurn', 'QUALITY_WARNING', 'EARLIER_TURN_FORGOTTEN'],
    ['stopSequences', 'QUALITY_WARNING', 'STOP_SEQUENCE_SHOWN'],
    ['toolChoice', 'QUALITY_WARNING', 'NO_TOOL_CALL'],
    ['streamingToolUse', 'QUALITY_WARNING', 'NO_TOOL_CALL'],
    ['parallelToolCalls', 'QUALITY_WARNING', 'SEQUENTIAL_ONLY'],
    ['structuredOutput', 'QUALITY_WARNING', 'NOT_JSON'],
    ['reasoning', 'QUALITY_WARNING', 'NO_REASONING_EVIDENCE'],
  ] as const)('%s ends %s: %s', async (skill, status, reason) => {
    const { certificate } = await certificateOf(lackingModel(skill));
    expect(certificate).toMatchObject({ status, refuted: [skill], badge: expect.any(String) });
    expect(certificate.failureReasons).toMatchObject([{ probe: skill, reason }]);
    expect(certificate.rating).toBeLessThanOrEqual(status === 'FAILED' ? 2.9 : 3.9);
  });
});
