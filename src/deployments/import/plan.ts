import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';

import { columns as modelColumns } from '../../models/base-model.service.js';
import { successorProblem } from '../../models/successors.js';
import { parseObject, type JsonObject } from '../../shared/json.js';
import type { FieldProblem } from '../../shared/http/problem.js';
import { fieldProblems } from '../deployment-rules.js';
import { deploymentChanged } from '../deployment-tags.js';
import type { DeploymentInput } from '../deployment.dto.js';
import { columns as deploymentColumns, priceRequest } from '../deployment.service.js';
import { priceEntry } from '../prices/price-history.js';
import { priceJumps, samePrices } from '../prices/price-rules.js';
import type { Row } from './bulk-sql.js';
import { keyOf, type BadRow, type CheckedRow, type ValidRow } from './checked-rows.js';
import type { ImportDeployment, ImportRow } from './import-row.dto.js';
import type { ImportedDeployment, ImportedRow, ImportResult } from './import.dto.js';
import type { Stored, StoredDeployment, StoredModel, StoredProvider } from './stored.js';
import { toRow } from './tables.js';

export interface ImportOptions {
  readonly confirmPriceJump: boolean;
  readonly dryRun: boolean;
  /** Whose key asks for it. */
  readonly caller: string | null;
}

/** So many errors of a row are named: a row of a thousand deployments could have thousands. */
const MAX_ERRORS = 20;

/** A deployment as a row wants it, beside the one that is stored. */
interface Target {
  readonly slug: string;
  readonly provider: StoredProvider | undefined;
  readonly known: StoredDeployment | undefined;
  readonly input: DeploymentInput;
}

/** What a batch changes: its rows one after the other, each by the rules of a single write. */
export class Plan {
  readonly results: ImportedRow[] = [];
  readonly newModels: Row[] = [];
  readonly changedModels: Row[] = [];
  readonly newDeployments: Row[] = [];
  readonly changedDeployments: Row[] = [];
  readonly prices: Row[] = [];
  /** Of what the cache must forget. */
  readonly tags = new Set<string>();
  /** Of new models, by name. */
  readonly ids = new Map<string, string>();
  /** Successors that models get. */
  readonly successors = new Map<string, string | null>();

  constructor(
    rows: readonly CheckedRow[],
    private readonly stored: Stored,
    private readonly options: ImportOptions,
  ) {
    for (const row of rows) this.results.push('input' in row ? this.add(row) : rejected(row));
  }

  private add({ index, input: row }: ValidRow): ImportedRow {
    const { name, replacedBy } = row;
    const input = {
      ...row,
      replacedBy: replacedBy && (this.stored.named.get(replacedBy) ?? replacedBy),
    };
    const known = this.stored.models.get(name);
    const id = known?.id ?? randomUUID();
    const targets = input.deployments.map((deployment) => this.targetOf(deployment, id));
    const errors = [
      ...targets.flatMap((target, place) => this.problemsOf(target, `/deployments/${place}`)),
      ...this.successorProblems(input, known),
      ...modelProblems(input, known),
    ];
    if (errors.length > 0) return rejected({ index, name, errors });
    const model = this.addModel(input, known, id);
    const deployments = targets.map((target, place) => this.addDeployment(target, place));
    return { index, name, model, id: this.shown(id, model), deployments, errors };
  }

  private targetOf({ provider: slug, ...fields }: ImportDeployment, baseModelId: string): Target {
    const provider = this.stored.providers.get(slug);
    const providerId = provider?.id ?? '';
    const { confirmPriceJump } = this.options;
    return {
      slug,
      provider,
      known: this.stored.deployments.get(keyOf(slug, fields.deploymentId)),
      input: { ...fields, baseModelId, providerId, confirmPriceJump },
    };
  }

  private problemsOf({ provider, known, input }: Target, place: string): FieldProblem[] {
    if (!provider) {
      return [{ pointer: `${place}/provider`, message: 'must be the slug of a provider' }];
    }
    const jumps =
      known && !this.options.confirmPriceJump
        ? priceJumps(known, priceRequest(input, null).prices)
        : [];
    return [...fieldProblems(input, provider.authType), ...jumps].map(({ pointer, message }) => ({
      pointer: place + pointer,
      message,
    }));
  }

  private successorProblems(
    { replacedBy }: ImportRow,
    known: StoredModel | undefined,
  ): FieldProblem[] {
    if (!replacedBy || replacedBy === known?.replacedBy) return [];
    if (!this.stored.successors.has(replacedBy)) {
      return [{ pointer: '/replacedBy', message: 'must be the id or the name of a model' }];
    }
    const problem = successorProblem(this.stored.successors, known?.id ?? null, replacedBy);
    return problem ? [problem] : [];
  }

  private addModel(input: ImportRow, known: StoredModel | undefined, id: string): ImportResult {
    const row = toRow(id, modelColumns(input));
    const result = resultOf(row, known?.row);
    if (result === 'unchanged') return result;
    (known ? this.changedModels : this.newModels).push(row);
    for (const tag of ['models', `models/${id}`]) this.tags.add(tag);
    const { name, replacedBy = null } = input;
    if (!known) {
      this.ids.set(name, id);
      this.stored.named.set(name, id);
    }
    if (known?.replacedBy !== replacedBy) {
      this.stored.successors.set(id, replacedBy);
      this.successors.set(id, replacedBy);
    }
    return result;
  }

  private addDeployment({ slug, known, input }: Target, index: number): ImportedDeployment {
    const { deploymentId, baseModelId } = input;
    const id = known?.id ?? randomUUID();
    const row = toRow(id, deploymentColumns(input));
    const result = resultOf(row, known?.row);
    if (result !== 'unchanged') {
      (known ? this.changedDeployments : this.newDeployments).push(row);
      this.addPrices(id, input, known);
      const models = known ? [known.baseModelId, baseModelId] : [baseModelId];
      for (const tag of deploymentChanged(id, ...models)) this.tags.add(tag);
    }
    return { index, provider: slug, deploymentId, result, id: this.shown(id, result) };
  }

  private addPrices(id: string, input: DeploymentInput, known: StoredDeployment | undefined): void {
    const request = priceRequest(input, this.options.caller);
    if (known && samePrices(known, request.prices)) return;
    const entry = priceEntry(id, request, known ? 'repricing' : 'initial', this.stored.now);
    this.prices.push(toRow(randomUUID(), entry));
  }

  private shown(id: string, result: ImportResult): string | null {
    return this.options.dryRun && result === 'created' ? null : id;
  }
}

/** What others have deployed, too, is not for a confined caller to change. */
function modelProblems(input: ImportRow, known: StoredModel | undefined): FieldProblem[] {
  if (!known?.beyond) return [];
  if (resultOf(toRow(known.id, modelColumns(input)), known.row) === 'unchanged') return [];
  return [{ pointer: '', message: 'must not change the model: others have deployed it, too' }];
}

function resultOf(row: Row, stored: JsonObject | undefined): ImportResult {
  if (!stored) return 'created';
  const wanted = Object.entries(parseObject(JSON.stringify(row)));
  return wanted.every(([name, value]) => isDeepStrictEqual(value, stored[name]))
    ? 'unchanged'
    : 'changed';
}

function rejected({ index, name, errors }: BadRow): ImportedRow {
  return {
    index,
    name,
    model: 'rejected',
    id: null,
    deployments: [],
    errors: errors.slice(0, MAX_ERRORS),
  };
}
