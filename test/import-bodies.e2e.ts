import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { addAccount } from './support/accounts.js';
import { ImportHarness, lines, modelRow, NDJSON, row } from './support/import-harness.js';
import { ADMIN_KEY } from './support/service.js';

let imports: ImportHarness;

beforeAll(async () => {
  imports = await ImportHarness.start();
});

afterAll(() => imports.close());

describe('a body', () => {
  it('may be a JSON array', async () => {
    const rows = [row(), 5, row()];
    const { status, body } = await imports.send(JSON.stringify(rows), { type: 'application/json' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ counts: { created: 2, rejected: 1 } });
  });

  it('may be larger than others, as an array and as lines', async () => {
    const rows = Array.from({ length: 300 }, () => ({
      ...modelRow(randomUUID()),
      description: 'x'.repeat(9000),
    }));
    const array = await imports.send(JSON.stringify(rows), { type: 'application/json' });
    expect(array.body).toMatchObject({ counts: { created: 300 } });
    expect((await imports.run(rows)).counts).toMatchObject({ unchanged: 300 });
    const other = await imports.catalogue.call('POST', '/api/v2/models', JSON.stringify(rows));
    expect(other.status).toBe(413);
  });

  it('may have empty lines, foreign line ends, a byte order mark and lines that are no JSON', async () => {
    const [a, b] = [JSON.stringify(row()), JSON.stringify(row())];
    const broken = Buffer.from(JSON.stringify(row('M\u00fcller')), 'latin1');
    const parts = [
      '\ufeff',
      a,
      '\r\n\r\n \n',
      '{"name":\n',
      broken,
      '\n',
      '['.repeat(100_000),
      '\n',
      b,
    ];
    const { body } = await imports.send(Buffer.concat(parts.map((part) => Buffer.from(part))));
    expect(body).toMatchObject({
      counts: { created: 2, rejected: 3 },
      rows: [
        { index: 0, model: 'created' },
        { index: 1, model: 'rejected', name: null, errors: [{ pointer: '' }] },
        { index: 2, model: 'rejected', errors: [{ message: 'must be JSON in UTF-8' }] },
        { index: 3, model: 'rejected' },
        { index: 4, model: 'created' },
      ],
    });
  });

  it('may hold bombs', async () => {
    const deep = `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`;
    const bombs = [
      deep,
      '['.repeat(400_000) + ']'.repeat(400_000),
      JSON.stringify(row()).replace('"vendor"', `"defaultParams":{"extra":${deep}},"vendor"`),
      JSON.stringify(row()).replace('"vendor"', '"__proto__":{"a":1},"vendor"'),
      `"${'x'.repeat(2_000_000)}"`,
    ];
    const { status, body } = await imports.send(`${bombs.join('\n')}\n${JSON.stringify(row())}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ counts: { created: 1, rejected: bombs.length } });
  });

  it.each([
    ['', NDJSON, 400],
    ['\n \n', NDJSON, 400],
    ['[]', 'application/json', 400],
    ['{}', 'application/json', 400],
    ['5', 'application/json', 400],
    ['{', 'application/json', 400],
    ['a', 'text/plain', 415],
    ['a', 'text/csv', 415],
  ])('%j as %s is a %i', async (text, type, status) => {
    const answer = await imports.send(text, { type });
    expect(answer).toMatchObject({ status, body: { status, type: 'about:blank' } });
  });

  it('must not be too large, announced or not', async () => {
    const megabyte = `${' '.repeat(1024 * 1024 - 1)}\n`;
    const announced = await imports.send(megabyte.repeat(65));
    expect(announced).toMatchObject({
      status: 413,
      body: { detail: expect.stringContaining('64') },
    });
    let left = 65;
    const stream = new ReadableStream({
      pull: (controller) => {
        if (left-- > 0) controller.enqueue(Buffer.from(megabyte));
        else controller.close();
      },
    });
    expect((await imports.send(stream)).status).toBe(413);
    expect((await imports.send('', { type: 'application/json' })).status).toBe(400);
  });

  it('of lines is for the import only', async () => {
    const response = await fetch(`${imports.catalogue.service.url}/api/v2/models`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': NDJSON },
      body: '{}',
    });
    expect(response.status).toBe(415);
  });

  it('must come from an operator', async () => {
    const { key } = await addAccount(imports.catalogue, 'ann', 'viewer');
    expect((await imports.send(lines([row()]), { key })).status).toBe(403);
    expect((await imports.send(lines([row()]), { key: 'nobody' })).status).toBe(401);
    expect((await imports.send(lines([row()]), { query: '?dryRun=5' })).status).toBe(400);
  });
});
