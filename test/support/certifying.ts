import { setTimeout as sleep } from 'node:timers/promises';

import type { Simulator } from '../../src/embedded/simulator/simulator.js';
import { MODEL, PRICES, PROVIDER } from './samples.js';
import type { TestService } from './service.js';

export interface Deployed {
  readonly id: string;
  readonly baseModelId: string;
  readonly providerId: string;
}

/** Adds a deployment at the simulator, with a provider and a model of its own. */
export async function deploy(
  service: TestService,
  { baseUrl }: Simulator,
  deploymentId: string,
): Promise<Deployed> {
  const name = `Model of ${deploymentId}`;
  const provider = { ...PROVIDER, slug: `at-${deploymentId}`, baseUrl };
  const baseModelId = await service.create('/api/v2/models', { ...MODEL, name });
  const providerId = await service.create('/api/v2/providers', provider);
  const body = { baseModelId, providerId, deploymentId, ...PRICES };
  return { id: await service.create('/api/v2/deployments', body), baseModelId, providerId };
}

/** Certifies a deployment; returns its run as soon as it has ended. */
export async function certify(service: TestService, deploymentId: string): Promise<object> {
  const accepted = await service.call('POST', '/api/certification-queue', { deploymentId });
  const path = `/api/certification-queue/batches/${String(accepted.body.batchId)}`;
  for (let tries = 0; tries < 250; tries++) {
    const { finished, runs } = (await service.call('GET', path)).body;
    if (finished === true && Array.isArray(runs)) return Object(runs[0]);
    await sleep(100);
  }
  throw new Error('The run did not end within 25 s.');
}
