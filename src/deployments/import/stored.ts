import { Prisma } from '../../generated/prisma/client.js';
import { BASE_MODELS } from '../../models/base-model.listing.js';
import { lockSuccessors, type Successors } from '../../models/successors.js';
import { atAllowedProviders, deployedBeyond } from '../../shared/database/allowed-providers.js';
import { databaseTime } from '../../shared/database/database-time.js';
import { whereAll } from '../../shared/database/listing.js';
import { parseObject, type JsonObject } from '../../shared/json.js';
import { DEPLOYMENTS as DEPLOYMENT_LISTING } from '../deployment.listing.js';
import type { Prices } from '../prices/price-rules.js';
import { keyOf } from './checked-rows.js';
import type { ImportRow } from './import-row.dto.js';
import { isId } from './successors-first.js';

export interface StoredProvider {
  readonly id: string;
  readonly slug: string;
  readonly authType: string | null;
}

export interface StoredModel {
  readonly id: string;
  readonly replacedBy: string | null;
  /** Whether it is deployed at a provider that the caller may not use. */
  readonly beyond: boolean;
  /** All of it, as it is answered. */
  readonly row: JsonObject;
}

export interface StoredDeployment extends Prices {
  readonly id: string;
  readonly baseModelId: string;
  readonly row: JsonObject;
}

/** What the catalogue says about the rows of a batch. */
export interface Stored {
  /** When it said so, by the database's clock. */
  readonly now: Date;
  /** By slug. */
  readonly providers: ReadonlyMap<string, StoredProvider>;
  /** By name. */
  readonly models: ReadonlyMap<string, StoredModel>;
  /** By `keyOf`. */
  readonly deployments: ReadonlyMap<string, StoredDeployment>;
  /** Ids by name, of successors that are named; changes with each row that is accepted. */
  readonly named: Map<string, string>;
  /** Changes with each row that is accepted. */
  readonly successors: Map<string, string | null>;
}

/** What a dry run has not written, for its later batches. */
export interface Planned {
  /** Of new models, by name. */
  readonly ids: Map<string, string>;
  readonly successors: Map<string, string | null>;
}

/**
 * Reads what the rows are compared with, and keeps it from changing until the transaction ends.
 * Locks are taken in the order in which single writes take them, and rows by id, so that nobody
 * waits for each other.
 */
export async function lockStored(
  tx: Prisma.TransactionClient,
  rows: readonly ImportRow[],
  planned: Planned,
): Promise<Stored> {
  const models = await lockModels(tx, rows);
  const named = new Map([...planned.ids, ...(await idsOfNamed(tx, rows))]);
  const asked = rows.flatMap(({ name, replacedBy }) => {
    const id = replacedBy && (named.get(replacedBy) ?? replacedBy);
    return id && models.get(name)?.replacedBy !== id ? [id] : [];
  });
  const successors = await successorsOf(tx, asked, planned.successors);
  const providers = await lockProviders(tx, rows);
  const deployments = await lockDeployments(tx, rows, providers);
  const now = await databaseTime(tx);
  return { now, providers, models, deployments, named, successors };
}

async function lockModels(
  tx: Prisma.TransactionClient,
  rows: readonly ImportRow[],
): Promise<Map<string, StoredModel>> {
  const names = rows.map(({ name }) => name);
  const beyond = deployedBeyond(Prisma.sql`m.id`);
  const found = await tx.$queryRaw<
    { id: string; name: string; replacedBy: string | null; beyond: boolean; json: string }[]
  >`
    SELECT m.id, m.name, m."replacedBy", ${beyond} AS beyond, (${BASE_MODELS.json})::text AS json
      FROM ${BASE_MODELS.from}
     WHERE m.name = ANY(${names}::text[]) ORDER BY m.id FOR NO KEY UPDATE`;
  return new Map(
    found.map(({ id, name, replacedBy, beyond, json }) => [
      name,
      { id, replacedBy, beyond, row: parseObject(json) },
    ]),
  );
}

async function idsOfNamed(
  tx: Prisma.TransactionClient,
  rows: readonly ImportRow[],
): Promise<[string, string][]> {
  const names = rows.flatMap(({ replacedBy }) =>
    replacedBy && !isId(replacedBy) ? [replacedBy] : [],
  );
  if (names.length === 0) return [];
  const found = await tx.baseModel.findMany({
    where: { name: { in: names } },
    select: { id: true, name: true },
  });
  return found.map(({ id, name }) => [name, id]);
}

/** Those that rows ask for anew, and those they lead to; nobody asks for none. */
async function successorsOf(
  tx: Prisma.TransactionClient,
  asked: readonly string[],
  planned: Successors,
): Promise<Map<string, string | null>> {
  if (asked.length === 0) return new Map();
  const beyond = [...planned.values()].filter((id) => id !== null);
  return new Map([...(await lockSuccessors(tx, [...asked, ...beyond])), ...planned]);
}

async function lockProviders(
  tx: Prisma.TransactionClient,
  rows: readonly ImportRow[],
): Promise<Map<string, StoredProvider>> {
  const slugs = new Set(rows.flatMap((row) => row.deployments.map(({ provider }) => provider)));
  if (slugs.size === 0) return new Map();
  const named = whereAll([
    Prisma.sql`slug = ANY(${[...slugs]}::text[])`,
    ...atAllowedProviders(Prisma.sql`id`),
  ]);
  // Against a change of their authType, which ids are checked by.
  const found = await tx.$queryRaw<StoredProvider[]>`
    SELECT id, slug, "authType" FROM providers
     ${named} ORDER BY id FOR SHARE`;
  return new Map(found.map((provider) => [provider.slug, provider]));
}

async function lockDeployments(
  tx: Prisma.TransactionClient,
  rows: readonly ImportRow[],
  providers: ReadonlyMap<string, StoredProvider>,
): Promise<Map<string, StoredDeployment>> {
  const wanted = rows.flatMap((row) =>
    row.deployments.flatMap(({ provider, deploymentId }) => {
      const known = providers.get(provider);
      return known ? [{ slug: provider, providerId: known.id, deploymentId }] : [];
    }),
  );
  if (wanted.length === 0) return new Map();
  const slugs = wanted.map(({ slug }) => slug);
  const providerIds = wanted.map(({ providerId }) => providerId);
  const ids = wanted.map(({ deploymentId }) => deploymentId);
  const found = await tx.$queryRaw<
    (Omit<StoredDeployment, 'row'> & { slug: string; deploymentId: string; json: string })[]
  >`
    SELECT d.id, d."baseModelId", d."deploymentId", d."costPer1MInput", d."costPer1MOutput",
           d."costPerHour", w.slug, (${DEPLOYMENT_LISTING.json})::text AS json
      FROM unnest(${slugs}::text[], ${providerIds}::text[], ${ids}::text[]) AS w(slug, provider, id)
      JOIN ${DEPLOYMENT_LISTING.from} ON d."providerId" = w.provider AND d."deploymentId" = w.id
     ORDER BY d.id FOR NO KEY UPDATE OF d`;
  return new Map(
    found.map(({ slug, deploymentId, json, ...stored }) => [
      keyOf(slug, deploymentId),
      { ...stored, row: parseObject(json) },
    ]),
  );
}
