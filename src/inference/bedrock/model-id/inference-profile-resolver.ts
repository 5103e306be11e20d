import type { ControlPlane } from '../control-plane/control-plane.js';
import type { ControlPlaneCaller } from '../control-plane/control-plane-call.js';
import { InferenceError } from '../../inference-error.js';
import { notChecked, type IdCheck } from './id-check.js';
import { inferenceTypeProblem, type BedrockInferenceType } from './inference-type-rule.js';
import { parseModelId, type BedrockModelId } from './model-id-normalizer.js';
import { isFoundation, ModelLookup, NOTHING, type Finding, type Question } from './model-lookup.js';
import { candidatesFor, type ProfileCandidate } from './profile-candidate.js';

/**
 * Says by Bedrock's control plane whether an id can be invoked from a region, and which profiles
 * serve its model. It suggests; no id is ever put in the place of the one given. Rejects with
 * InferenceError.
 */
export class InferenceProfileResolver {
  private readonly lookup: ModelLookup;

  constructor(private readonly plane: ControlPlane) {
    this.lookup = new ModelLookup(plane);
  }

  /** Whether the id is legal for the inference type from the region. */
  async check(
    modelId: string,
    inferenceType: BedrockInferenceType,
    region: string,
    caller: ControlPlaneCaller,
  ): Promise<IdCheck> {
    const question = { id: modelId, region, caller };
    const model = parseModelId(modelId);
    const foundationModelId = model?.foundationModelId ?? null;
    try {
      const problem = formProblem(model, inferenceType, question);
      if (problem !== null) {
        const servable = isFoundation(model) ? foundationModelId : null;
        return await this.verdict({ ...NOTHING, problem, foundationModelId, servable }, question);
      }
      const finding = model === null ? null : await this.lookup.find(model, question);
      if (finding !== null) return await this.verdict(finding, question);
      return notChecked('custom and imported models are not asked for.');
    } catch (error) {
      if (error instanceof InferenceError && error.category === 'PERMISSION_ERROR') {
        return notChecked(error.message, foundationModelId);
      }
      throw error;
    }
  }

  private async verdict(
    { problem, servable, ...facts }: Finding,
    { region, caller }: Question,
  ): Promise<IdCheck> {
    if (problem === null) return { usable: true, reason: null, ...facts, suggestions: [] };
    const refused = { usable: false, ...facts };
    if (servable === null) return { ...refused, reason: `${problem}.`, suggestions: [] };
    try {
      const suggestions = await this.candidates(servable, region, caller);
      return { ...refused, reason: `${problem}.`, suggestions };
    } catch (error) {
      if (!(error instanceof InferenceError)) throw error;
      const reason = `${problem}; profiles could not be suggested: ${error.message}`;
      return { ...refused, reason, suggestions: [] };
    }
  }

  private async candidates(
    foundationModelId: string,
    region: string,
    caller: ControlPlaneCaller,
  ): Promise<ProfileCandidate[]> {
    const profiles = await Promise.all([
      this.plane.listInferenceProfiles(caller, region, 'SYSTEM_DEFINED'),
      this.plane.listInferenceProfiles(caller, region, 'APPLICATION'),
    ]);
    return candidatesFor(foundationModelId, profiles.flat());
  }
}

/** What can be said without asking anybody. */
function formProblem(
  model: BedrockModelId | null,
  inferenceType: BedrockInferenceType,
  { id, region }: Question,
): string | null {
  const problem = inferenceTypeProblem(inferenceType, id, []);
  if (problem !== null) return `The id ${problem}`;
  const home = model?.region ?? region;
  return home === region ? null : `The ARN lies in ${home} and cannot be invoked from ${region}`;
}
