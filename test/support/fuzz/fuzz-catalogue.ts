import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import type { ServiceClient } from '../service.js';
import { CAPABILITIES, PRICES, UNKNOWN } from '../samples.js';
import { Contract } from '../contract.js';
import { FuzzRequests } from './fuzz-requests.js';
import { randomFrom } from '../random.js';
import { RequestFuzzer, type Fuzzed } from './request-fuzzer.js';

const ROWS = 25;
/** Mostly such as may write: what is refused for its key is not read. */
const ROLES = ['operator', 'admin'];
/** Fills the caches, the pools and the compiled code; what comes after must not grow on. */
const WARM_UP = 0.25;

export interface FuzzReport extends Fuzzed {
  /** How much the heap, and what is outside of it, grew after the first quarter, in bytes. */
  readonly grown: number;
  /** Faults that nobody caught. */
  readonly uncaught: readonly unknown[];
}

/** Fuzzes a service that runs in this process, on rows of every kind. */
export async function fuzz(
  service: ServiceClient,
  requests: number,
  seed: number,
): Promise<FuzzReport> {
  const uncaught: unknown[] = [];
  const note = (fault: unknown) => void uncaught.push(fault);
  process.on('unhandledRejection', note).on('uncaughtException', note);
  const random = randomFrom(seed);
  const { ids, keys } = await catalogueOf(service);
  const contract = await Contract.of(service.url);
  const fuzzer = new RequestFuzzer(
    service.url,
    new FuzzRequests(contract, random, ids, keys),
    random,
  );
  try {
    await fuzzer.run(Math.ceil(requests * WARM_UP));
    const before = memory();
    const fuzzed = await fuzzer.run(Math.floor(requests * (1 - WARM_UP)));
    return { ...fuzzed, grown: memory() - before, uncaught };
  } finally {
    fuzzer.close();
    process.off('unhandledRejection', note).off('uncaughtException', note);
  }
}

async function catalogueOf(service: ServiceClient): Promise<{ ids: string[]; keys: string[] }> {
  const ids: string[] = [UNKNOWN];
  for (let place = 0; place < ROWS; place++) {
    const model = { name: `Fuzzed ${place}`, vendor: 'Fuzz', capabilities: CAPABILITIES };
    const baseModelId = await service.create('/api/v2/models', model);
    const provider = { name: 'Fuzz', slug: `fuzz-${place}`, baseUrl: 'http://127.0.0.1:9/v1' };
    const providerId = await service.create('/api/v2/providers', provider);
    const deployment = { baseModelId, providerId, deploymentId: `fuzz-${place}`, ...PRICES };
    const id = await service.create('/api/v2/deployments', deployment);
    const asked = await service.call('POST', '/api/certification-queue', { deploymentId: id });
    const [run] = asked.body.certifications as Record<string, string>[];
    ids.push(baseModelId, providerId, id, String(asked.body.batchId));
    ids.push(run?.id ?? '', run?.jobId ?? '');
  }
  // No wrong key: from an address that sends many, none is looked up any more.
  const keys = [''];
  for (const role of ['viewer', ...ROLES, ...ROLES, ...ROLES, ...ROLES]) {
    const input = { name: `fuzz ${role} ${keys.length}`, role };
    keys.push(String((await service.call('POST', '/api/v2/api-keys', input)).body.key));
  }
  return { ids, keys };
}

/** What is in use once all garbage is gone. */
function memory(): number {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') for (let times = 0; times < 3; times++) collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
