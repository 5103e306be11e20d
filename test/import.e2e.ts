import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { ImportReport } from '../src/deployments/import/import.dto.js';
import { deployment, ImportHarness, modelRow, row, SLUG } from './support/import-harness.js';
import { CAPABILITIES } from './support/samples.js';

let imports: ImportHarness;

beforeAll(async () => {
  imports = await ImportHarness.start();
});

afterAll(() => imports.close());

describe('importing', () => {
  it('adds models with their deployments, each readable as any other', async () => {
    const name = `All of it ${randomUUID()}`;
    const full = modelRow(name, {
      family: 'F',
      version: '1.5',
      capabilities: { ...CAPABILITIES, reasoning: true },
      defaultParams: {
        temperature: 0.1,
        stopSequences: ['a', 'ü'],
        extra: { deep: { x: [1e-9] } },
      },
      description: 'Words "quoted" \\ and ü 🎉',
      releaseDate: '2024-10-22T01:02:03.456+02:00',
      deprecated: true,
      deployments: [
        deployment('full', {
          regions: ['us-east-1', 'eu-west-1'],
          providerConfig: { region: 'us-east-1', extra: { a: null } },
          customParams: { maxTokens: 5 },
          rpmLimit: 10,
          tpmLimit: 20,
          isActive: false,
          costPer1MInput: 0.1,
        }),
        deployment('reserved', {
          inferenceType: 'PROVISIONED',
          costPerHour: 40,
          providerConfig: { resourceId: '/subscriptions/1/x' },
        }),
      ],
    });
    const report = await imports.run([full, modelRow(`${name} 2`)]);
    expect(report.counts).toEqual({ created: 2, unchanged: 0, changed: 0, rejected: 0 });
    const [first, second] = report.rows;
    expect(first).toMatchObject({ index: 0, name, model: 'created', errors: [] });
    expect(first?.deployments).toMatchObject([
      { index: 0, provider: SLUG, deploymentId: 'full', result: 'created' },
      { index: 1, provider: SLUG, deploymentId: 'reserved', result: 'created' },
    ]);
    expect(second?.deployments).toEqual([]);
    const { deployments, ...model } = full;
    const read = await imports.catalogue.call('GET', `/api/v2/models/${first?.id ?? ''}`);
    expect(read.body).toEqual({
      ...model,
      id: first?.id,
      releaseDate: '2024-10-21T23:02:03.456Z',
      replacedBy: null,
      createdAt: expect.any(String) as unknown,
      updatedAt: read.body.createdAt,
    });
    const id = first?.deployments[0]?.id ?? '';
    const { provider: _, ...fields } = { provider: '', ...deployments?.[0] };
    expect((await imports.catalogue.call('GET', `/api/v2/deployments/${id}`)).body).toMatchObject({
      ...fields,
      baseModelId: first?.id,
      inferenceType: 'ON_DEMAND',
      costPerHour: null,
    });
    expect(await imports.pricesOf('full')).toEqual([
      { kind: 'initial', costPer1MInput: 0.1, createdBy: 'ADMIN_API_KEY' },
    ]);
    // and what a single write stores of the same fields is the same
    const again = await imports.catalogue.call('PUT', `/api/v2/models/${first?.id ?? ''}`, model);
    expect({ ...again.body, updatedAt: null }).toEqual({ ...read.body, updatedAt: null });
    expect((await imports.run([full])).counts).toMatchObject({ unchanged: 1 });
  });

  it('changes nothing the second time', async () => {
    const rows = [
      row(undefined, { regions: ['b', 'a'], customParams: { temperature: 0.3 } }),
      row(undefined, { costPer1MInput: 1e-7, costPer1MOutput: 0.1 + 0.2 }),
      modelRow(randomUUID(), { releaseDate: '2024-10-22', defaultParams: { topP: 0.95 } }),
    ];
    await imports.run(rows);
    const before = await imports.everything();
    const report = await imports.run(rows);
    expect(report.counts).toEqual({ created: 0, unchanged: 3, changed: 0, rejected: 0 });
    expect(report.rows[0]?.deployments).toMatchObject([{ result: 'unchanged' }]);
    expect(await imports.everything()).toEqual(before);
  });

  it('changes what differs, empties what is left out, leaves other deployments alone', async () => {
    const name = randomUUID();
    const [a, b] = [deployment(`a-${name}`), deployment(`b-${name}`, { rpmLimit: 5 })];
    const first = await imports.run([modelRow(name, { family: 'F', deployments: [a, b] })]);
    const changed = await imports.run([
      modelRow(name, { deployments: [{ ...b, rpmLimit: undefined }] }),
    ]);
    expect(changed.rows[0]).toMatchObject({
      model: 'changed',
      id: first.rows[0]?.id,
      deployments: [{ index: 0, result: 'changed', id: first.rows[0]?.deployments[1]?.id }],
    });
    const stored = await imports.select(
      `SELECT m.family, d."rpmLimit", d."updatedAt" > d."createdAt" AS touched
         FROM base_models m JOIN model_deployments d ON d."baseModelId" = m.id
        WHERE m.name = $1 ORDER BY d."deploymentId"`,
      name,
    );
    expect(stored).toEqual([
      { family: null, rpmLimit: null, touched: false },
      { family: null, rpmLimit: null, touched: true },
    ]);
    expect(await imports.pricesOf(b.deploymentId)).toHaveLength(1);
  });

  it('adds a deployment to a model that stays as it is, and counts the row as changed', async () => {
    const name = randomUUID();
    await imports.run([modelRow(name)]);
    const { counts, rows } = await imports.run([row(name)]);
    expect(counts).toMatchObject({ changed: 1, unchanged: 0 });
    expect(rows[0]).toMatchObject({ model: 'unchanged', deployments: [{ result: 'created' }] });
  });

  it('moves a deployment to the model that names it, for every reader', async () => {
    const [from, to, id] = [randomUUID(), randomUUID(), randomUUID()];
    const report = await imports.run([
      modelRow(from, { deployments: [deployment(id)] }),
      modelRow(to),
    ]);
    const list = async (index: number) => {
      const path = `/api/v2/models/${report.rows[index]?.id ?? ''}/deployments`;
      return (await imports.catalogue.call('GET', path)).body.data;
    };
    expect(await list(0)).toHaveLength(1);
    expect(await list(1)).toHaveLength(0);
    await imports.run([modelRow(to, { deployments: [deployment(id)] })]);
    expect(await list(0)).toHaveLength(0);
    expect(await list(1)).toHaveLength(1);
  });

  it('records every price that changes', async () => {
    const name = randomUUID();
    await imports.run([row(name)]);
    await imports.run([row(name, { costPer1MInput: 4 })]);
    await imports.run([row(name, { costPer1MInput: 4, rpmLimit: 7 })]);
    expect(await imports.pricesOf(`d-${name}`)).toMatchObject([
      { kind: 'initial', costPer1MInput: 3 },
      { kind: 'repricing', costPer1MInput: 4, createdBy: 'ADMIN_API_KEY' },
    ]);
  });

  it('writes nothing in a dry run, and answers the same', async () => {
    const [known, fresh] = [randomUUID(), randomUUID()];
    await imports.run([row(known)]);
    const before = await imports.everything();
    const rows = [row(known, { costPer1MInput: 4 }), row(fresh), row(known), modelRow('')];
    const dry = await imports.run(rows, '?dryRun=true');
    expect(await imports.everything()).toEqual(before);
    expect(dry.rows[1]).toMatchObject({ model: 'created', id: null, deployments: [{ id: null }] });
    const real = await imports.run(rows);
    const withoutIds = (report: ImportReport) =>
      JSON.stringify(report).replaceAll(/"id":[^,}]*/g, '');
    expect(withoutIds(dry)).toBe(withoutIds(real));
    expect(real.counts).toEqual({ created: 1, unchanged: 0, changed: 1, rejected: 2 });
  });
});
