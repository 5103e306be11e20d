import type { ControlPlane } from '../control-plane/control-plane.js';
import type { InferenceProfile, Lifecycle } from '../control-plane/control-plane-answers.js';
import type { ControlPlaneCaller } from '../control-plane/control-plane-call.js';
import { UNKNOWN_ID_CODES } from '../control-plane/control-plane-errors.js';
import { InferenceError } from '../../inference-error.js';
import { parseModelId, type BedrockModelId } from './model-id-normalizer.js';
import { destinationsOf, foundationModelsOf } from './profile-candidate.js';

/** An id and from where it is called. */
export interface Question {
  readonly id: string;
  readonly region: string;
  readonly caller: ControlPlaneCaller;
}

/** What was found out about an id. */
export interface Finding {
  /** What is wrong, as a sentence without its full stop; null: nothing. */
  readonly problem: string | null;
  readonly foundationModelId: string | null;
  readonly destinations: readonly string[];
  readonly lifecycle: Lifecycle | null;
  /** The model that profiles may serve in its place; null: none can. */
  readonly servable: string | null;
}

export const NOTHING = {
  foundationModelId: null,
  destinations: [],
  lifecycle: null,
  servable: null,
} as const;

/** Asks the control plane what stands behind an id. */
export class ModelLookup {
  constructor(private readonly plane: ControlPlane) {}

  /** Null: this is not asked about such an id. @throws InferenceError */
  async find(model: BedrockModelId, question: Question): Promise<Finding | null> {
    switch (model.form) {
      case 'foundation-model':
        return this.foundationModel(model.foundationModelId, question);
      case 'inference-profile':
        return this.systemProfile(model.foundationModelId, question);
      case 'application-inference-profile':
        return this.applicationProfile(question);
      case 'provisioned-model':
        return this.provisioned(question);
      default:
        return null;
    }
  }

  private async foundationModel(foundationModelId: string, question: Question): Promise<Finding> {
    const { id, region, caller } = question;
    const finding = { ...NOTHING, foundationModelId, servable: foundationModelId };
    const model = await known(() => this.plane.getFoundationModel(caller, region, id));
    if (model instanceof InferenceError) return { ...finding, problem: unknown(region, model) };
    const { inferenceTypes, lifecycle } = model;
    if (inferenceTypes.includes('ON_DEMAND')) {
      return { ...finding, lifecycle, problem: null, destinations: [region] };
    }
    const types = inferenceTypes.join(', ') || 'no inference type';
    const problem = `The model cannot be invoked on demand in ${region}, where it supports ${types}`;
    return { ...finding, lifecycle, problem };
  }

  /** By the list: what stands in it can be called from this region. */
  private async systemProfile(foundationModelId: string, question: Question): Promise<Finding> {
    const { id, region, caller } = question;
    const [profiles, lifecycle] = await Promise.all([
      this.plane.listInferenceProfiles(caller, region, 'SYSTEM_DEFINED'),
      this.lifecycle(foundationModelId, question),
    ]);
    const finding = { ...NOTHING, foundationModelId, lifecycle, servable: foundationModelId };
    const profile = profiles.find((listed) => listed.id === id || listed.arn === id);
    if (profile === undefined) {
      return { ...finding, problem: `The inference profile cannot be called from ${region}` };
    }
    return { ...finding, problem: inactive(profile), destinations: destinationsOf(profile) };
  }

  private async applicationProfile(question: Question): Promise<Finding> {
    const { id, region, caller } = question;
    const profile = await known(() => this.plane.getInferenceProfile(caller, region, id));
    if (profile instanceof InferenceError) {
      return { ...NOTHING, problem: unknown(region, profile) };
    }
    const foundationModelId = onlyModel(profile);
    return {
      problem:
        profile.type === 'APPLICATION'
          ? inactive(profile)
          : 'The ARN does not name an application inference profile',
      foundationModelId,
      destinations: destinationsOf(profile),
      lifecycle: await this.lifecycle(foundationModelId, question),
      servable: foundationModelId,
    };
  }

  private async provisioned(question: Question): Promise<Finding> {
    const { id, region, caller } = question;
    const found = await known(() => this.plane.getProvisionedModelThroughput(caller, region, id));
    if (found instanceof InferenceError) return { ...NOTHING, problem: unknown(region, found) };
    const { status, modelArn, foundationModelArn } = found;
    const foundationModelId = parseModelId(foundationModelArn)?.foundationModelId ?? null;
    return {
      problem:
        status === 'InService' ? null : `The provisioned throughput is not in service: ${status}`,
      foundationModelId,
      destinations: [region],
      lifecycle: await this.lifecycle(foundationModelId, question),
      servable: isFoundation(parseModelId(modelArn)) ? foundationModelId : null,
    };
  }

  /** Null where it cannot be told: an id is no worse for that. */
  private async lifecycle(
    foundationModelId: string | null,
    { region, caller }: Question,
  ): Promise<Lifecycle | null> {
    if (foundationModelId === null) return null;
    try {
      return (await this.plane.getFoundationModel(caller, region, foundationModelId)).lifecycle;
    } catch {
      return null;
    }
  }
}

type Foundation = Extract<BedrockModelId, { form: 'foundation-model' | 'inference-profile' }>;

/** Whether an id names a foundation model, directly or by a system inference profile. */
export function isFoundation(model: BedrockModelId | null): model is Foundation {
  return model?.form === 'foundation-model' || model?.form === 'inference-profile';
}

/** What was asked for, or the error by which the control plane says that it does not know it. */
async function known<T>(ask: () => Promise<T>): Promise<T | InferenceError> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof InferenceError)) throw error;
    if (!UNKNOWN_ID_CODES.includes(error.code ?? '')) throw error;
    return error;
  }
}

function unknown(region: string, { message }: InferenceError): string {
  return `The control plane of ${region} does not know the id: ${message.replace(/\.$/, '')}`;
}

function inactive({ active }: InferenceProfile): string | null {
  return active ? null : 'The inference profile is not active';
}

function onlyModel(profile: InferenceProfile): string | null {
  const [first, ...others] = foundationModelsOf(profile);
  return others.length === 0 ? (first ?? null) : null;
}
