import { Prisma } from '../../generated/prisma/client.js';
import type { columns as modelColumns } from '../../models/base-model.service.js';
import type { columns as deploymentColumns } from '../deployment.service.js';
import type { priceEntry } from '../prices/price-history.js';
import type { Row, Table } from './bulk-sql.js';

type ColumnsOf<Fill extends (...input: never[]) => object> = Record<keyof ReturnType<Fill>, string>;

export const MODELS: Table = {
  name: 'base_models',
  dated: true,
  columns: {
    name: 'text',
    vendor: 'text',
    family: 'text',
    version: 'text',
    description: 'text',
    deprecated: 'boolean',
    replacedBy: 'text',
    capabilities: 'jsonb',
    defaultParams: 'jsonb',
    releaseDate: 'timestamp(3)',
  } satisfies ColumnsOf<typeof modelColumns>,
};

export const DEPLOYMENTS: Table = {
  name: 'model_deployments',
  dated: true,
  columns: {
    baseModelId: 'text',
    providerId: 'text',
    deploymentId: 'text',
    inferenceType: '"InferenceType"',
    regions: 'text[]',
    isActive: 'boolean',
    costPer1MInput: 'float8',
    costPer1MOutput: 'float8',
    costPerHour: 'float8',
    rpmLimit: 'integer',
    tpmLimit: 'integer',
    providerConfig: 'jsonb',
    customParams: 'jsonb',
  } satisfies ColumnsOf<typeof deploymentColumns>,
};

export const PRICES: Table = {
  name: 'price_history',
  dated: false,
  columns: {
    deploymentId: 'text',
    costPer1MInput: 'float8',
    costPer1MOutput: 'float8',
    costPerHour: 'float8',
    kind: '"PriceKind"',
    effectiveFrom: 'timestamp(3)',
    source: 'text',
    createdBy: 'text',
  } satisfies ColumnsOf<typeof priceEntry>,
};

/** A row of a table. @param columns as Prisma takes them */
export function toRow(id: string, columns: object): Row {
  const row: Record<string, unknown> & { id: string } = { id };
  for (const [name, value] of Object.entries(columns) as [string, unknown][]) {
    row[name] = value === Prisma.DbNull ? null : value;
  }
  return row;
}
