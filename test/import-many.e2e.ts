import { randomUUID } from 'node:crypto';

import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { ImportHarness, lines, row } from './support/import-harness.js';
import { waitForLocks } from './support/overtaken.js';

let imports: ImportHarness;

beforeAll(async () => {
  imports = await ImportHarness.start();
});

afterAll(() => imports.close());

describe('many rows', () => {
  it('are written by few statements, however many they are', async () => {
    const query = vi.spyOn(pg.Client.prototype, 'query');
    const statementsOf = async (rows: readonly unknown[]) => {
      query.mockClear();
      await imports.run(rows);
      // What looks after runs meanwhile is no part of the import.
      return query.mock.calls
        .map(([statement]) => JSON.stringify(statement))
        .filter((text) => !text.includes('certification_runs'))
        .filter((text) => /base_models|model_deployments|price_history|providers/.test(text))
        .length;
    };
    const rows = Array.from({ length: 3_000 }, () => row());
    const few = await statementsOf([row()]);
    const many = await statementsOf(rows);
    const changed = await statementsOf(rows.map((each) => ({ ...each, vendor: 'Other' })));
    query.mockRestore();
    expect(few).toBeGreaterThan(3);
    expect(few).toBeLessThan(10);
    expect(many).toBe(6 * few);
    expect(changed).toBeLessThanOrEqual(many);
    const [{ n } = { n: 0 }] = await imports.select<{ n: number }>(
      `SELECT count(*)::int AS n FROM base_models m JOIN model_deployments d ON d."baseModelId" = m.id
        WHERE m.vendor = 'Other'`,
    );
    expect(n).toBe(3_000);
  });

  it('may come twice at once: nothing is lost and nothing is there twice', async () => {
    const names = Array.from({ length: 1_500 }, () => randomUUID());
    const rows = names.map((name) => row(name));
    const [one, other, backwards] = await Promise.all([
      imports.run(rows),
      imports.run(rows),
      imports.run(rows.toReversed()),
    ]);
    for (const { counts } of [one, other, backwards]) {
      expect(counts).toMatchObject({ rejected: 0, changed: 0 });
    }
    expect(one.counts.created + other.counts.created + backwards.counts.created).toBe(1_500);
    const found = await imports.select(
      `SELECT m.name, count(h.id)::int AS n FROM base_models m
         JOIN model_deployments d ON d."baseModelId" = m.id
         JOIN price_history h ON h."deploymentId" = d.id
        WHERE m.name = ANY($1) GROUP BY m.name`,
      names,
    );
    expect(found).toHaveLength(1_500);
    expect(new Set(found.map(({ n }) => Number(n)))).toEqual(new Set([1]));
  });

  it('record a price that changes once, however many say so at once', async () => {
    const rows = Array.from({ length: 300 }, () => row());
    await imports.run(rows);
    const dearer = rows.map(({ name }) => row(name, { costPer1MInput: 4 }));
    const reports = await Promise.all([1, 2, 3].map(() => imports.run(dearer)));
    const changed = reports.map(({ counts }) => counts.changed);
    expect(changed.toSorted((one, other) => one - other)).toEqual([0, 0, 300]);
    for (const { name } of rows.slice(0, 10)) {
      expect(await imports.pricesOf(`d-${name}`)).toHaveLength(2);
    }
  });

  it.each([
    ['base_models', `vendor = 'Late'`, { vendor: 'Late' }],
    ['model_deployments', '"costPer1MInput" = 4', {}],
  ])('wait for a write of %s that is under way, and see it', async (table, change, model) => {
    const { name } = row();
    await imports.run([row(name)]);
    const writer = new pg.Client({ connectionString: imports.catalogue.databaseUrl });
    await writer.connect();
    await writer.query(`BEGIN; UPDATE ${table} SET ${change}`);
    const costPer1MInput = table === 'model_deployments' ? 4 : 3;
    const report = imports.run([{ ...row(name, { costPer1MInput }), ...model }]);
    const { database } = imports.catalogue;
    await expect.poll(() => waitForLocks(database), { timeout: 10_000 }).toBe(1);
    await writer.query('COMMIT');
    await writer.end();
    expect((await report).counts).toMatchObject({ unchanged: 1 });
    expect(await imports.pricesOf(`d-${name}`)).toHaveLength(1);
  });

  it('are told of when somebody else keeps writing them, and those before them stay', async () => {
    const [first, last] = [row(), row()];
    await imports.catalogue.database.query(`
      CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE unique_violation; END $$;
      CREATE TRIGGER lose BEFORE INSERT ON base_models
        FOR EACH ROW WHEN (NEW.name = '${last.name}') EXECUTE FUNCTION lose()`);
    const filler = Array.from({ length: 499 }, () => 5);
    const late = Array.from({ length: 20_000 }, () => row());
    const { status, body } = await imports.send(lines([first, ...filler, last, ...late]));
    expect({ status, body }).toMatchObject({ status: 409, body: { type: 'about:blank' } });
    const stored = await imports.select(
      'SELECT name FROM base_models WHERE name = ANY($1)',
      [first, last, ...late].map(({ name }) => name),
    );
    expect(stored).toEqual([{ name: first.name }]);
    await imports.catalogue.database.query('DROP TRIGGER lose ON base_models');
    expect((await imports.run([last])).counts).toMatchObject({ created: 1 });
  });

  it('may come while single writes change the same rows', async () => {
    const rows = Array.from({ length: 50 }, () => row());
    const ids = (await imports.run(rows)).rows.map(({ id }) => id ?? '');
    const sent = Array.from({ length: 4 }, (_, turn) =>
      imports.run(rows.map((each) => ({ ...each, vendor: `import ${turn}` }))),
    );
    const puts = ids.flatMap((id, index) => {
      const { deployments: _, ...model } = rows[index] ?? row();
      return [
        imports.catalogue.call('PUT', `/api/v2/models/${id}`, {
          ...model,
          replacedBy: ids[(index + 1) % 49],
        }),
      ];
    });
    const statuses = (await Promise.all(puts)).map(({ status }) => status);
    expect(statuses.every((status) => status === 200 || status === 400)).toBe(true);
    for (const { counts } of await Promise.all(sent)) expect(counts.rejected).toBe(0);
  });

  it('are seen by whoever reads next', async () => {
    const rows = Array.from({ length: 150 }, () => row());
    const [first] = (await imports.run(rows)).rows;
    const path = `/api/v2/models/${first?.id ?? ''}`;
    expect((await imports.catalogue.call('GET', path)).body).toMatchObject({ vendor: 'Test' });
    await imports.run(rows.map((each) => ({ ...each, vendor: 'Everybody' })));
    expect((await imports.catalogue.call('GET', path)).body).toMatchObject({ vendor: 'Everybody' });
  });
});
