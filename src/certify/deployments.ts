import type { components } from '../../docs/api/openapi.js';
import type { CatalogueClient } from './catalogue-client.js';
import { Failure } from './failure.js';
import { inParallel } from './in-parallel.js';

type Deployment = components['schemas']['DeploymentDto'];

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;
const PAGE = 200;

/** Finds deployments by the id that a person gives. */
export class Deployments {
  constructor(
    private readonly client: CatalogueClient,
    private readonly signal: AbortSignal,
  ) {}

  /**
   * The deployments of these ids, here or at the provider.
   * @param ids null: every active one
   * @throws Failure when there is none, or are several
   */
  async find(ids: readonly string[] | null): Promise<Deployment[]> {
    if (ids?.every((id) => UUID.test(id))) return inParallel(ids, (id) => this.one(id));
    const all = await this.all(ids === null);
    return ids === null ? all : ids.map((id) => only(id, all));
  }

  private one(id: string): Promise<Deployment> {
    const params = { path: { id } };
    return this.client.ask(
      (api, signal) => api.GET('/api/v2/deployments/{id}', { params, signal }),
      this.signal,
    );
  }

  private async all(active: boolean): Promise<Deployment[]> {
    const found: Deployment[] = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const query = { limit: PAGE, ...(active && { isActive: true }), ...(cursor && { cursor }) };
      const { data, page } = await this.client.ask(
        (api, signal) => api.GET('/api/v2/deployments', { params: { query }, signal }),
        this.signal,
      );
      found.push(...data);
      cursor = page.nextCursor;
    }
    return found;
  }
}

function only(id: string, all: readonly Deployment[]): Deployment {
  const found = all.filter((one) => one.id === id || one.deploymentId === id);
  const [first, second] = found;
  if (!first) throw new Failure(`There is no deployment ${id}.`);
  if (!second) return first;
  const ids = found.map((one) => one.id).join(', ');
  throw new Failure(`${id} is deployed at ${found.length} providers; give the id of one: ${ids}.`);
}
