import { Prisma } from '../generated/prisma/client.js';
import { inferenceTypeProblem } from '../inference/bedrock/model-id/inference-type-rule.js';
import { atAllowedProviders } from '../shared/database/allowed-providers.js';
import { whereAll } from '../shared/database/listing.js';
import { InvalidInput, type FieldProblem } from '../shared/http/problem.js';
import type { DeploymentInput } from './deployment.dto.js';

/**
 * What must hold between the fields of a deployment, and between it and its model and provider.
 * @throws InvalidInput naming every field at fault
 */
export async function checkDeployment(
  tx: Prisma.TransactionClient,
  input: DeploymentInput,
): Promise<void> {
  const { baseModelId, providerId } = input;
  const model = await tx.baseModel.count({ where: { id: baseModelId } });
  const provided = whereAll([
    Prisma.sql`id = ${providerId}`,
    ...atAllowedProviders(Prisma.sql`id`),
  ]);
  // Locked against a change of its authType, which the id is checked by.
  const [provider] = await tx.$queryRaw<{ authType: string | null }[]>`
    SELECT "authType" FROM providers ${provided} FOR SHARE`;
  const problems = [
    ...(model > 0 ? [] : [{ pointer: '/baseModelId', message: 'must be the id of a model' }]),
    ...(provider ? [] : [{ pointer: '/providerId', message: 'must be the id of a provider' }]),
    ...fieldProblems(input, provider?.authType ?? null),
  ];
  if (problems.length > 0) throw new InvalidInput(problems);
}

/** @param authType of the provider: with aws_credentials it is Bedrock, whose ids have rules */
export function fieldProblems(input: DeploymentInput, authType: string | null): FieldProblem[] {
  return [...hourlyPrice(input), ...invokedId(input, authType)];
}

function hourlyPrice({ inferenceType, costPerHour }: DeploymentInput): FieldProblem[] {
  const has = costPerHour !== undefined && costPerHour !== null;
  if (has === (inferenceType === 'PROVISIONED')) return [];
  const message = has
    ? 'must be left out unless inferenceType is PROVISIONED'
    : 'must be given when inferenceType is PROVISIONED';
  return [{ pointer: '/costPerHour', message }];
}

function invokedId(input: DeploymentInput, authType: string | null): FieldProblem[] {
  const { inferenceType, deploymentId, providerConfig, regions } = input;
  const arn = providerConfig?.arn;
  if (authType === 'aws_credentials') {
    const pointer = arn === undefined ? '/deploymentId' : '/providerConfig/arn';
    const message = inferenceTypeProblem(inferenceType, arn ?? deploymentId, regions);
    return message === null ? [] : [{ pointer, message }];
  }
  if (inferenceType !== 'PROVISIONED') return [];
  if (deploymentId.startsWith('arn:') || arn || providerConfig?.resourceId) return [];
  const message =
    'must be an ARN when inferenceType is PROVISIONED, or providerConfig must hold its arn or, at ' +
    'Azure, its resourceId';
  return [{ pointer: '/deploymentId', message }];
}
