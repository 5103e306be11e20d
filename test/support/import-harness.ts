import { randomUUID } from 'node:crypto';

import type pg from 'pg';

import type { ImportReport } from '../../src/deployments/import/import.dto.js';
import { CAPABILITIES, PROVIDER } from './samples.js';
import { ADMIN_KEY, TestService } from './service.js';

const PATH = '/api/v2/models/import';
export const NDJSON = 'application/x-ndjson';
/** The provider the rows name. */
export const SLUG = PROVIDER.slug;

/** A service with a provider, to which imports are sent. */
export class ImportHarness {
  private constructor(readonly catalogue: TestService) {}

  static async start(): Promise<ImportHarness> {
    const catalogue = await TestService.start();
    await catalogue.create('/api/v2/providers', PROVIDER);
    return new ImportHarness(catalogue);
  }

  close(): Promise<void> {
    return this.catalogue.close();
  }

  /** Sends a body with the admin key; an answer to a text is held to the OpenAPI document. */
  async send(
    body: string | Buffer | ReadableStream,
    { query = '', type = NDJSON, key = ADMIN_KEY } = {},
  ): Promise<{ status: number; body: unknown }> {
    if (typeof body === 'string') {
      return this.catalogue.call('POST', PATH + query, body, key, { 'content-type': type });
    }
    const response = await fetch(`${this.catalogue.service.url}${PATH}${query}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': type },
      body,
      ...(body instanceof ReadableStream && { duplex: 'half' }),
    });
    return { status: response.status, body: await response.json() };
  }

  /** Imports rows as lines. */
  async run(rows: readonly unknown[], query = ''): Promise<ImportReport> {
    const { status, body } = await this.send(lines(rows), { query });
    if (status !== 200) throw new Error(JSON.stringify(body));
    return body as ImportReport;
  }

  async select<T extends pg.QueryResultRow>(sql: string, ...values: unknown[]): Promise<T[]> {
    const { rows } = await this.catalogue.database.query<T>(sql, values);
    return rows;
  }

  /** All an import writes, to the byte. */
  everything(): Promise<{ row: string }[]> {
    return this.select(`
      SELECT m::text AS row FROM base_models m UNION ALL
      SELECT d::text FROM model_deployments d UNION ALL
      SELECT h::text FROM price_history h ORDER BY 1`);
  }

  pricesOf(deploymentId: string): Promise<pg.QueryResultRow[]> {
    return this.select(
      `SELECT h.kind, h."costPer1MInput", h."createdBy" FROM price_history h
         JOIN model_deployments d ON d.id = h."deploymentId"
        WHERE d."deploymentId" = $1 ORDER BY sequence`,
      deploymentId,
    );
  }
}

export function modelRow(
  name: string,
  more: { deployments?: object[] } & Record<string, unknown> = {},
) {
  return { name, vendor: 'Test', capabilities: CAPABILITIES, ...more };
}

export function deployment(deploymentId: string, more: object = {}) {
  return { provider: SLUG, deploymentId, costPer1MInput: 3, costPer1MOutput: 15, ...more };
}

/** A model with one deployment, `d-` and its name. */
export function row(name: string = randomUUID(), more: object = {}) {
  return modelRow(name, { deployments: [deployment(`d-${name}`, more)] });
}

export function lines(rows: readonly unknown[]): string {
  return rows.map((each) => `${JSON.stringify(each)}\n`).join('');
}
