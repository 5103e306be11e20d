import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { deployment, ImportHarness, modelRow, row } from './support/import-harness.js';
import { PROVIDER, UNKNOWN } from './support/samples.js';

let imports: ImportHarness;

beforeAll(async () => {
  imports = await ImportHarness.start();
});

afterAll(() => imports.close());

describe('a row is rejected', () => {
  async function errorsOf(bad: unknown) {
    const before = await imports.everything();
    const good = row();
    const { counts, rows } = await imports.run([bad, good]);
    expect(counts).toEqual({ created: 1, unchanged: 0, changed: 0, rejected: 1 });
    expect(rows[0]).toMatchObject({ index: 0, model: 'rejected', id: null, deployments: [] });
    expect((await imports.everything()).length).toBe(before.length + 3);
    return rows[0]?.errors;
  }

  const bedrock = (more: object) => {
    const { deployments } = row(undefined, { provider: 'bedrock', ...more });
    return modelRow(randomUUID(), { deployments });
  };

  it.each<[string, () => unknown, string]>([
    ['no object', () => 5, ''],
    ['an array', () => [], ''],
    ['null', () => null, ''],
    ['a field is missing', () => ({ ...row(), vendor: undefined }), '/vendor'],
    ['a field is unknown', () => ({ ...row(), rating: 5 }), '/rating'],
    [
      'a field is forbidden',
      () => row(undefined, { baseModelId: UNKNOWN }),
      '/deployments/0/baseModelId',
    ],
    [
      'a price is negative',
      () => row(undefined, { costPer1MInput: -1 }),
      '/deployments/0/costPer1MInput',
    ],
    ['NUL', () => row(undefined, { deploymentId: 'a\0' }), '/deployments/0/deploymentId'],
    ['half a surrogate', () => ({ ...row(), description: '\ud800' }), '/description'],
    ['an impossible date', () => ({ ...row(), releaseDate: '2024-02-31' }), '/releaseDate'],
    ['a date of another calendar', () => ({ ...row(), releaseDate: '2024-W05' }), '/releaseDate'],
    [
      'a date after 9999',
      () => ({ ...row(), releaseDate: '9999-12-31T23:59:59-23:00' }),
      '/releaseDate',
    ],
    [
      'a provider is unknown',
      () => row(undefined, { provider: 'nobody' }),
      '/deployments/0/provider',
    ],
    ['its successor is unknown', () => ({ ...row(), replacedBy: UNKNOWN }), '/replacedBy'],
    [
      'reserved without a price',
      () => row(undefined, { inferenceType: 'PROVISIONED' }),
      '/deployments/0/costPerHour',
    ],
    [
      'a price per hour on demand',
      () => row(undefined, { costPerHour: 1 }),
      '/deployments/0/costPerHour',
    ],
  ])('%s', async (_, bad, pointer) => {
    expect(await errorsOf(bad())).toContainEqual(expect.objectContaining({ pointer }));
  });

  it('an id does not fit its inference type', async () => {
    await imports.catalogue.create('/api/v2/providers', {
      ...{ ...PROVIDER, slug: 'bedrock', authType: 'aws_credentials' },
    });
    const id = 'us.anthropic.claude-3-5-sonnet-20241022-v2:0';
    expect(await errorsOf(bedrock({ deploymentId: id }))).toEqual([
      {
        pointer: '/deployments/0/deploymentId',
        message: expect.stringContaining('INFERENCE_PROFILE') as unknown,
      },
    ]);
    const fits = await imports.run([
      bedrock({ deploymentId: id, inferenceType: 'INFERENCE_PROFILE' }),
    ]);
    expect(fits.counts).toMatchObject({ created: 1 });
  });

  it('a price jumps, unless that is confirmed', async () => {
    const name = randomUUID();
    await imports.run([row(name)]);
    const jump = row(name, { costPer1MInput: 30, rpmLimit: 1 });
    const errors = await errorsOf(jump);
    expect(errors).toMatchObject([{ pointer: '/deployments/0/costPer1MInput' }]);
    expect(errors?.[0]?.message).toContain('confirmPriceJump');
    expect((await imports.run([jump], '?confirmPriceJump=true')).counts).toMatchObject({
      changed: 1,
    });
    expect(await imports.pricesOf(`d-${name}`)).toHaveLength(2);
  });

  it('one of its deployments is bad: none of it is written', async () => {
    const name = randomUUID();
    await imports.run([modelRow(name, { family: 'old' })]);
    const deployments = [deployment(`ok-${name}`), deployment(`bad-${name}`, { rpmLimit: 0 })];
    const { rows } = await imports.run([modelRow(name, { family: 'new', deployments })]);
    expect(rows[0]?.errors).toMatchObject([{ pointer: '/deployments/1/rpmLimit' }]);
    const stored = await imports.select(`SELECT family FROM base_models WHERE name = $1`, name);
    expect(stored).toEqual([{ family: 'old' }]);
    expect(await imports.pricesOf(`ok-${name}`)).toEqual([]);
  });

  it('an earlier row of the file says it already', async () => {
    const [name, other] = [randomUUID(), randomUUID()];
    const twice = modelRow(randomUUID(), { deployments: [deployment(name), deployment(name)] });
    const { rows } = await imports.run([
      { ...row(name), vendor: '' },
      row(name),
      row(name),
      modelRow(other, { deployments: row(name).deployments }),
      twice,
      modelRow(other),
    ]);
    expect(rows.map(({ model }) => model)).toEqual([
      'rejected',
      'created',
      'rejected',
      'rejected',
      'rejected',
      'created',
    ]);
    const repeated = 'must not repeat what the row of index 1 says';
    expect(rows[2]?.errors).toEqual([
      { pointer: '/name', message: repeated },
      { pointer: '/deployments/0/deploymentId', message: repeated },
    ]);
    expect(rows[3]?.errors).toEqual([
      { pointer: '/deployments/0/deploymentId', message: repeated },
    ]);
    expect(rows[4]?.errors).toMatchObject([{ pointer: '/deployments/1/deploymentId' }]);
  });

  it.each(['', '?dryRun=true'])('its successor leads back to it%s', async (query) => {
    const names = ['a', 'b', 'c', 'd'].map((letter) => `${letter}-${randomUUID()}`);
    const ids = (await imports.run(names.map((name) => modelRow(name)))).rows.map(({ id }) => id);
    const replace = (from: number, to: number | null) =>
      modelRow(names[from] ?? '', { replacedBy: to === null ? null : ids[to] });
    await imports.run([replace(0, 1)]);
    const filler = Array.from({ length: 500 }, () => 5);
    const { rows } = await imports.run(
      // each sees what the rows before it did, even those of another batch
      [replace(2, 1), replace(3, 2), ...filler, replace(1, 3), replace(0, 3)],
      query,
    );
    expect(rows.slice(0, 2)).toMatchObject([{ model: 'changed' }, { model: 'changed' }]);
    expect(rows[502]).toMatchObject({ model: 'rejected', errors: [{ pointer: '/replacedBy' }] });
    expect(rows[503]).toMatchObject({ model: 'changed' });
    const inOrder = async (...order: object[]) =>
      (await imports.run(order, query)).rows.map(({ model }) => model);
    expect(await inOrder(replace(1, 0), replace(0, null))).toEqual(['rejected', 'changed']);
    if (!query) await imports.run([replace(0, 1)]);
    expect(await inOrder(replace(0, null), replace(1, 0))).toEqual(['changed', 'changed']);
  });
});
