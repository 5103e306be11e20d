import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { ProviderModelsDto } from '../src/deployments/views/provider-models.dto.js';
import type { VendorDto } from '../src/deployments/views/vendor.dto.js';
import type { Paged } from '../src/shared/http/paging.js';
import { addAccount } from './support/accounts.js';
import { Rows } from './support/rows.js';
import { TestService } from './support/service.js';

let catalogue: TestService;
let rows: Rows;

beforeAll(async () => {
  catalogue = await TestService.start();
  rows = new Rows(catalogue);
});

afterAll(() => catalogue.close());

describe('providers with their deployments', () => {
  const path = '/api/providers/models';
  const seen = async (query: string) =>
    (await rows.read<Paged<ProviderModelsDto>>(`${path}?${query}`)).data.filter(({ slug }) =>
      slug.startsWith('host-'),
    );

  it('lists active providers and their active deployments, by name', async () => {
    const modelId = await rows.model('Hosted', { vendor: 'Host', family: 'H' });
    const full = await rows.provider('host-b');
    const hidden = await rows.provider('host-c', { isActive: false });
    await rows.provider('host-a');
    for (const name of ['h-2', 'h-3', 'h-1']) await rows.deployment(modelId, full, name);
    await rows.deployment(modelId, full, 'h-0', { isActive: false });
    await rows.deployment(modelId, hidden, 'h-0');

    const [empty, host, ...others] = await seen('limit=200&deployments=2');
    expect(others).toEqual([]);
    expect(empty).toMatchObject({ slug: 'host-a', deploymentCount: 0, deployments: [] });
    const provider = await rows.read(`/api/v2/providers/${full}`);
    const model = { id: modelId, name: 'Hosted', vendor: 'Host', family: 'H' };
    const first = await rows.read<Paged<{ deploymentId: string }>>(
      `/api/v2/deployments?providerId=${full}&isActive=true&sort=deploymentId&limit=2`,
    );
    expect(first.data.map(({ deploymentId }) => deploymentId)).toEqual(['h-1', 'h-2']);
    expect(host).toEqual({
      ...Object(provider),
      deploymentCount: 3,
      deployments: first.data.map((deployment) => ({ ...deployment, model })),
      deploymentsUrl: `/api/v2/deployments?providerId=${full}&isActive=true`,
    });
    const all = await rows.read<Paged<unknown>>(String(host?.deploymentsUrl));
    expect(all.data).toHaveLength(3);
  });

  it('pages over the providers in either order', async () => {
    for (const sort of ['name', '-slug']) {
      const slugs: string[] = [];
      let cursor = '';
      for (;;) {
        const list = await rows.read<Paged<ProviderModelsDto>>(
          `${path}?limit=1&sort=${sort}${cursor}`,
        );
        slugs.push(...list.data.map(({ slug }) => slug));
        if (list.page.nextCursor === null) break;
        cursor = `&cursor=${list.page.nextCursor}`;
      }
      const sorted = slugs.toSorted();
      expect(slugs).toEqual(sort === 'name' ? sorted : sorted.toReversed());
      expect(slugs).toContain('host-a');
      expect(slugs).not.toContain('host-c');
    }
  });

  it('changes after a write to a provider, a deployment or a model', async () => {
    const modelId = await rows.model('Hosted anew');
    const providerId = await rows.provider('host-d');
    const host = async () => (await seen('limit=200')).find(({ id }) => id === providerId);
    expect(await host()).toMatchObject({ deploymentCount: 0 });
    const id = await rows.deployment(modelId, providerId, 'h-1');
    expect(await host()).toMatchObject({ deploymentCount: 1, deployments: [{ id }] });
    await rows.patch(`/api/v2/models/${modelId}`, { family: 'New' });
    expect((await host())?.deployments[0]?.model).toMatchObject({ family: 'New' });
    await rows.patch(`/api/v2/deployments/${id}`, { isActive: false });
    expect(await host()).toMatchObject({ deploymentCount: 0, deployments: [] });
    await rows.patch(`/api/v2/providers/${providerId}`, { isActive: false });
    expect(await host()).toBeUndefined();
  });

  it.each(['deployments=0', 'deployments=201', 'limit=201', 'sort=authType', 'cursor=abc', 'x=1'])(
    'refuses %s',
    async (query) => {
      expect((await catalogue.call('GET', `${path}?${query}`)).status).toBe(400);
    },
  );
});

describe('vendors', () => {
  let later: string;

  beforeAll(async () => {
    const fields = { vendor: 'Vendor A' };
    const one = await rows.model('A 1', { ...fields, family: 'Zeta' });
    const two = await rows.model('A 2', { ...fields, family: 'Alpha', deprecated: true });
    await rows.model('A 3', { ...fields, family: 'Zeta' });
    await rows.model('A 4', fields);
    for (const vendor of ['Vendor C', 'Vendor D']) await rows.model(vendor, { vendor });
    later = await rows.model('B 1', { vendor: 'Vendor / 文' });
    const q = await rows.provider('vend-q');
    const p = await rows.provider('vend-p');
    const off = await rows.provider('vend-off', { isActive: false });
    const cheap = { costPer1MInput: 1, costPer1MOutput: 8 };
    const regions = ['us-east-1', 'us-west-2'];
    const certified = await rows.deployment(one, q, 'v-1', { ...cheap, regions });
    const expired = await rows.deployment(two, p, 'v-2', { costPer1MInput: 2, costPer1MOutput: 4 });
    await rows.deployment(one, q, 'v-3', {
      costPer1MInput: 0.1,
      costPer1MOutput: 0.1,
      isActive: false,
    });
    await rows.deployment(one, off, 'v-4', { costPer1MInput: 0.2, costPer1MOutput: 0.2 });
    await rows.deployment(one, p, 'arn:aws:x', {
      costPer1MInput: 0,
      costPer1MOutput: 0,
      costPerHour: 20,
      inferenceType: 'PROVISIONED',
    });
    const past = new Date(Date.now() - 1000);
    await rows.certificate(certified, { region: 'us-east-1' });
    await rows.certificate(certified, { region: 'us-west-2' });
    await rows.certificate(expired, { expiresAt: past });
    await rows.certificate(expired, { region: 'us-west-2', verdict: 'QUALITY_WARNING' });
  });

  const pages = async (limit: number) => {
    const vendors: VendorDto[] = [];
    let cursor = '';
    for (;;) {
      const list = await rows.read<Paged<VendorDto>>(`/api/v2/vendors?limit=${limit}${cursor}`);
      vendors.push(...list.data);
      if (list.page.nextCursor === null) return vendors;
      expect(list.data).toHaveLength(limit);
      cursor = `&cursor=${list.page.nextCursor}`;
    }
  };

  it('counts the models of a vendor and their deployments', async () => {
    const vendors = await pages(200);
    expect(vendors.find(({ vendor }) => vendor === 'Vendor A')).toEqual({
      vendor: 'Vendor A',
      models: 4,
      deprecatedModels: 1,
      families: ['Alpha', 'Zeta'],
      deployments: 5,
      activeDeployments: 3,
      providers: ['vend-off', 'vend-p', 'vend-q'],
      certifiedDeployments: 1,
      lowestCostPer1MInput: 1,
      lowestCostPer1MOutput: 4,
    });
  });

  it('shows a vendor without deployments, and changes after a write', async () => {
    const last = async () => (await pages(200)).find(({ vendor }) => vendor === 'Vendor / 文');
    expect(await last()).toEqual({
      vendor: 'Vendor / 文',
      models: 1,
      deprecatedModels: 0,
      families: [],
      deployments: 0,
      activeDeployments: 0,
      providers: [],
      certifiedDeployments: 0,
      lowestCostPer1MInput: null,
      lowestCostPer1MOutput: null,
    });
    const providerId = await rows.provider('vend-r');
    await rows.deployment(later, providerId, 'v-9');
    expect(await last()).toMatchObject({ deployments: 1, providers: ['vend-r'] });
    await rows.patch(`/api/v2/providers/${providerId}`, { isActive: false });
    expect(await last()).toMatchObject({ deployments: 1, activeDeployments: 0 });
    await rows.patch(`/api/v2/models/${later}`, { deprecated: true });
    expect(await last()).toMatchObject({ deprecatedModels: 1 });
  });

  it('pages by name without losing or repeating one', async () => {
    const whole = await pages(200);
    const names = whole.map(({ vendor }) => vendor);
    expect(names.length).toBeGreaterThan(3);
    expect(new Set(names).size).toBe(names.length);
    expect(await pages(1)).toEqual(whole);
    expect(await pages(2)).toEqual(whole);
  });

  it('refuses a cursor of another list', async () => {
    const { page } = await rows.read<Paged<unknown>>('/api/v2/providers?limit=1&sort=name');
    const answer = await catalogue.call('GET', `/api/v2/vendors?cursor=${page.nextCursor}`);
    expect(answer.status).toBe(400);
    expect(answer.body.errors).toMatchObject([{ pointer: '/cursor' }]);
  });
});

it.each(['/api/providers/models', '/api/models/h-2/capabilities', '/api/v2/vendors'])(
  '%s is for viewers, and answers 304 to who has the answer',
  async (path) => {
    expect((await catalogue.call('GET', path, undefined, '')).status).toBe(401);
    const { key } = await addAccount(catalogue, `ann-${randomUUID()}`, 'viewer');
    const first = await catalogue.call('GET', path, undefined, key);
    expect(first.status).toBe(200);
    const known = { 'if-none-match': String(first.headers.get('etag')) };
    expect((await catalogue.call('GET', path, undefined, key, known)).status).toBe(304);
  },
);
