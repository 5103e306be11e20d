import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ImportHarness, modelRow } from './support/import-harness.js';

let imports: ImportHarness;

beforeAll(async () => {
  imports = await ImportHarness.start();
});

afterAll(() => imports.close());

const named = (what: string) => `${what}-${randomUUID()}`;
const replaced = (name: string, replacedBy: string) => modelRow(name, { replacedBy });

async function successorOf(name: string): Promise<string | null | undefined> {
  const [found] = await imports.select<{ name: string | null }>(
    `SELECT s.name FROM base_models m LEFT JOIN base_models s ON s.id = m."replacedBy"
      WHERE m.name = $1`,
    name,
  );
  return found && found.name;
}

describe('a successor is named', () => {
  it('wherever its row stands in the import, and in the catalogue', async () => {
    const [old, middle, latest] = [named('old'), named('middle'), named('latest')];
    const [other, last] = [named('other'), named('last')];
    await imports.run([modelRow(other)]);
    const filler = Array.from({ length: 600 }, () => modelRow(randomUUID()));
    const rows = [
      replaced(old, middle),
      ...filler,
      replaced(middle, ` ${latest} `),
      modelRow(latest),
      replaced(last, other),
    ];
    const written = await imports.everything();
    const dry = await imports.run(rows, '?dryRun=true');
    expect(await imports.everything()).toEqual(written);
    const report = await imports.run(rows);
    expect(report.counts).toEqual({ created: 604, unchanged: 0, changed: 0, rejected: 0 });
    expect(dry.counts).toEqual(report.counts);
    expect(report.rows.map(({ name }) => name)).toEqual(rows.map(({ name }) => name));
    expect(await successorOf(old)).toBe(middle);
    expect(await successorOf(middle)).toBe(latest);
    expect(await successorOf(last)).toBe(other);
    expect((await imports.run(rows)).counts).toMatchObject({ unchanged: 604 });
  });

  it('of a chain longer than a batch, in either order', async () => {
    const chain = named('chain');
    const rows = Array.from({ length: 1_200 }, (_, place) =>
      place === 1_199
        ? modelRow(`${chain} 1199`)
        : replaced(`${chain} ${place}`, `${chain} ${place + 1}`),
    );
    expect((await imports.run(rows, '?dryRun=true')).counts).toMatchObject({ created: 1_200 });
    expect((await imports.run(rows)).counts).toMatchObject({ created: 1_200 });
    expect(await successorOf(`${chain} 0`)).toBe(`${chain} 1`);
    expect((await imports.run(rows.toReversed())).counts).toMatchObject({ unchanged: 1_200 });
  });

  it.each(['', '?dryRun=true'])('that there is none of, or that leads back%s', async (query) => {
    const [rejected, known, self] = [named('rejected'), named('known'), named('self')];
    const [one, two] = [named('one'), named('two')];
    await imports.run([modelRow(known)]);
    const { rows, counts } = await imports.run(
      [
        replaced(randomUUID(), 'there is no such model'),
        { ...modelRow(rejected), vendor: '' },
        replaced(randomUUID(), rejected),
        replaced(one, two),
        replaced(two, one),
        replaced(self, self),
        replaced(known, known),
      ],
      query,
    );
    expect(counts).toMatchObject({ rejected: 7 });
    for (const row of rows.filter(({ name }) => name !== rejected)) {
      expect(row.errors).toMatchObject([{ pointer: '/replacedBy' }]);
    }
  });
});
