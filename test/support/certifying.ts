import { expect } from 'vitest';

import type { components } from '../../docs/api/openapi.js';
import type { Simulator } from '../../src/embedded/simulator/simulator.js';
import type { Run } from './jobs.js';
import { MODEL, PRICES, PROVIDER } from './samples.js';
import { dataOf, type ServiceClient } from './service.js';

export type Certification = components['schemas']['CertificationDto'];

export interface Deployed {
  readonly id: string;
  readonly baseModelId: string;
  readonly providerId: string;
}

/** Adds a deployment at the simulator, with a provider and a model of its own. */
export async function deploy(
  service: ServiceClient,
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

/** Certifies a deployment in its only region; returns its run as soon as it has ended. */
export async function certify(service: ServiceClient, deploymentId: string): Promise<Run> {
  const body = { deploymentId };
  const { batchId } = await dataOf(service.api.POST('/api/certification-queue', { body }));
  return only(await endedRuns(service, batchId));
}

/** The runs of a batch, once all of them have ended. */
export async function endedRuns(service: ServiceClient, batchId: string): Promise<Run[]> {
  const params = { path: { id: batchId } };
  const batch = () => dataOf(service.api.GET('/api/certification-queue/batches/{id}', { params }));
  await expect
    .poll(async () => (await batch()).finished, { timeout: 25_000, interval: 100 })
    .toBe(true);
  return (await batch()).runs;
}

/** The certificate of a deployment that has one. */
export async function certificateOf(
  service: ServiceClient,
  deploymentId: string,
): Promise<Certification> {
  const params = { query: { deploymentId } };
  return only((await dataOf(service.api.GET('/api/v2/certifications', { params }))).data);
}

function only<T>([first, ...others]: readonly T[]): T {
  if (first === undefined || others.length > 0) throw new Error('There is not just one.');
  return first;
}
