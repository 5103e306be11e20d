import { parseModelId, type ModelIdForm } from './model-id-normalizer.js';

export type BedrockInferenceType = 'ON_DEMAND' | 'INFERENCE_PROFILE' | 'PROVISIONED';

const ACCEPTED = {
  ON_DEMAND:
    'a foundation model id or ARN without geographic prefix, or the ARN of an imported model or ' +
    'custom model deployment',
  INFERENCE_PROFILE:
    'a model id with a geographic prefix such as us. or global., or the ARN of an inference profile',
  PROVISIONED: 'the ARN of a provisioned model',
} as const satisfies Record<BedrockInferenceType, string>;

const CUSTOM_MODEL =
  'must be the ARN of a custom model deployment or provisioned model, because a custom model ' +
  'cannot be invoked itself';
const NO_REGION = 'must name a region in the ARN, because without one it cannot be invoked';

const INVOKED_AS = {
  'foundation-model': 'ON_DEMAND',
  'custom-model-deployment': 'ON_DEMAND',
  'imported-model': 'ON_DEMAND',
  'inference-profile': 'INFERENCE_PROFILE',
  'application-inference-profile': 'INFERENCE_PROFILE',
  'provisioned-model': 'PROVISIONED',
  'custom-model': null,
  'prompt-router': null,
  'default-prompt-router': null,
} as const satisfies Record<ModelIdForm, BedrockInferenceType | null>;

/**
 * Why Bedrock cannot be asked for this id with this inference type, as a sentence that begins with
 * "must"; null when it can. Custom model deployments and imported models count as ON_DEMAND: they are
 * invoked without reserved throughput. Prompt routers and custom models themselves fit no type.
 *
 * @param regions where the deployment is offered; an ARN must lie in one of them, unless empty
 */
export function inferenceTypeProblem(
  inferenceType: BedrockInferenceType,
  deploymentId: string,
  regions: readonly string[],
): string | null {
  const model = parseModelId(deploymentId);
  const expected = `must be ${ACCEPTED[inferenceType]} when inferenceType is ${inferenceType}`;
  if (model === null) return expected;
  if (model.form === 'custom-model') return CUSTOM_MODEL;
  const invokedAs = INVOKED_AS[model.form];
  if (invokedAs === null) return 'must not be a prompt router, because the answering model varies';
  if (invokedAs !== inferenceType) return `${expected}; this id is for ${invokedAs}`;
  if (model.contextVariant !== null) {
    return `must not end in ${model.contextVariant}, which Bedrock does not accept for ${inferenceType}`;
  }
  if (model.partition === null) return null;
  if (model.region === null) return NO_REGION;
  if (regions.length > 0 && !regions.includes(model.region)) {
    return `must lie in one of the deployment's regions, not in ${model.region}`;
  }
  return null;
}
