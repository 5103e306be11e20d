import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { PROBES } from '../src/certification/probes/index.js';
import {
  lackingModel,
  SIMULATED,
  startSimulator,
  type Simulator,
} from '../src/embedded/simulator/simulator.js';
import { certificateOf, certify, type Certification } from './support/certifying.js';
import { CAPABILITIES, MODEL, PRICES } from './support/samples.js';
import { dataOf, TestService } from './support/service.js';

/** Everything but promptCaching, which only OpenRouter's manner of the simulator can show. */
const EVERYTHING = {
  ...CAPABILITIES,
  ...{ vision: true, systemPrompt: true, multiTurn: true, stopSequences: true },
  ...{ structuredOutput: true, streamingToolUse: true, parallelToolCalls: true },
  ...{ toolChoice: true, reasoning: true },
};

let catalogue: TestService;
let simulator: Simulator;
let providerId: string;
let routerId: string;

beforeAll(async () => {
  simulator = await startSimulator();
  catalogue = await TestService.start();
  const provider = { name: 'Simulator', slug: 'simulator', baseUrl: simulator.baseUrl };
  providerId = await catalogue.create('/api/v2/providers', provider);
  const router = { name: 'Router', slug: 'router', baseUrl: simulator.openRouterUrl };
  routerId = await catalogue.create('/api/v2/providers', router);
});

afterAll(async () => {
  await catalogue.close();
  await simulator.stop();
});

async function certifyAll(deploymentId: string, at = providerId) {
  const capabilities = { ...EVERYTHING, ...(at === routerId && { promptCaching: true }) };
  const model = { ...MODEL, name: `Model ${deploymentId} at ${at}`, capabilities };
  const baseModelId = await catalogue.create('/api/v2/models', model);
  const body = { baseModelId, providerId: at, deploymentId, ...PRICES };
  const id = await catalogue.create('/api/v2/deployments', body);
  await certify(catalogue, id);
  return { certificate: await certificateOf(catalogue, id), baseModelId };
}

function verdicts({ testResults }: Certification): Record<string, unknown> {
  const results: unknown[] = Array.isArray(testResults) ? testResults : [];
  return Object.fromEntries(
    results.map((result) => [Object(result).probe, Object(result).verdict]),
  );
}

/** The most a deployment that lacks this can be rated. */
function limitOf(lack: string, status: string): number {
  if (lack === 'basicChat') return 0;
  return status === 'FAILED' ? 2.9 : 3.9;
}

/** Whether a probe says nothing where this is lacking. */
function buildsOn(lack: string, probe: string): boolean {
  if (lack === 'basicChat') return probe !== 'identity';
  return PROBES.some(({ name, foundation }) => name === probe && foundation === lack);
}

describe('An honest deployment', () => {
  it('proves every capability it declares', async () => {
    const { certificate, baseModelId } = await certifyAll(SIMULATED.honest);
    const { promptCaching, ...tested } = verdicts(certificate);
    expect(promptCaching).toBe('SKIPPED_NOT_DECLARED');
    expect(new Set(Object.values(tested))).toEqual(new Set(['PASS']));
    expect(Object.keys(tested)).toHaveLength(PROBES.length - 1);
    expect(certificate).toMatchObject({ status: 'CERTIFIED', badge: 'PREMIUM', refuted: [] });
    const params = { path: { modelId: baseModelId } };
    const view = await dataOf(catalogue.api.GET('/api/models/{modelId}/capabilities', { params }));
    const [claims] = view.deployments.flatMap(({ regions }) => regions.map((one) => one.claims));
    const proved = Object.entries(claims ?? {}).filter(([, { state }]) => state === 'proved');
    const { maxContextWindow: _, ...whole } = EVERYTHING;
    expect(proved.map(([claim]) => claim).sort()).toEqual(Object.keys(whole).sort());
    // 128,000 tokens are declared, and the profile standard fills about 8,000: the length of a
    // random text follows from the tokens counted for another one.
    const { state, reason, provedUpTo = null } = claims?.maxContextWindow ?? {};
    expect({ state, reason }).toEqual({ state: 'untested', reason: 'PARTIALLY_VERIFIED' });
    expect(provedUpTo).toBeGreaterThan(7_000);
    expect(provedUpTo).toBeLessThan(8_100);
  });
});

describe('A deployment at a router', () => {
  it('proves prompt caching, and may repeat the role in each event', async () => {
    const { certificate } = await certifyAll(SIMULATED.honest, routerId);
    const { streaming, ...others } = verdicts(certificate);
    expect(streaming).toBe('PASS_WITH_WARNING');
    expect(new Set(Object.values(others))).toEqual(new Set(['PASS']));
    expect(Object.keys(others)).toHaveLength(PROBES.length - 1);
    expect(certificate).toMatchObject({ status: 'CERTIFIED', failureReasons: [] });
  });

  it('that tells of tokens from an empty cache is caught', async () => {
    const { certificate } = await certifyAll(lackingModel('promptCaching'), routerId);
    expect(certificate).toMatchObject({
      ...{ status: 'QUALITY_WARNING', refuted: ['promptCaching'] },
      failureReasons: [{ probe: 'promptCaching', reason: 'READ_BEFORE_WRITE' }],
    });
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
    ['streaming', 'FAILED', 'TOO_FEW_DELTAS'],
    ['usageReporting', 'QUALITY_WARNING', 'USAGE_DOES_NOT_ADD_UP'],
    ['basicChat', 'FAILED', 'WRONG_ANSWER'],
  ] as const)('%s ends %s: %s', async (lack, status, reason) => {
    const { certificate } = await certifyAll(lackingModel(lack));
    const refuted = lack in EVERYTHING ? [lack] : [];
    expect(certificate).toMatchObject({ status, refuted, badge: expect.any(String) });
    expect(certificate.failureReasons).toMatchObject([{ probe: lack, reason }]);
    expect(certificate.failureReasons).toHaveLength(1);
    expect(certificate.rating).toBeLessThanOrEqual(limitOf(lack, status));
    const { promptCaching: _, ...tested } = verdicts(certificate);
    const others = Object.entries(tested).filter(([probe]) => probe !== lack);
    for (const [probe, verdict] of others) {
      const skipped = buildsOn(lack, probe);
      expect([probe, verdict]).toEqual([probe, skipped ? 'SKIPPED_DEPENDENCY' : 'PASS']);
    }
  });
});
