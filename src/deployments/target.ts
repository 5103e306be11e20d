import type { ModelDeployment, Provider } from '../generated/prisma/client.js';
import type { InferenceTarget } from '../inference/adapter.js';
import { objectOrNull, stringOrNull } from '../shared/json.js';

/**
 * Where a call to a deployment goes. Its `providerConfig` may name another id or region to call.
 * @param userId on whose behalf it is made; null: on nobody's
 */
export function targetOf(
  deployment: Pick<ModelDeployment, 'deploymentId' | 'providerConfig'> & {
    readonly provider: Pick<Provider, 'slug' | 'authType' | 'baseUrl'>;
  },
  region: string,
  userId: string | null,
): InferenceTarget {
  const { provider, deploymentId } = deployment;
  const config = objectOrNull(deployment.providerConfig) ?? {};
  return {
    providerSlug: provider.slug,
    authType: provider.authType,
    baseUrl: provider.baseUrl,
    modelId: stringOrNull(config.arn) ?? deploymentId,
    region: stringOrNull(config.region) ?? region,
    apiVersion: stringOrNull(config.apiVersion),
    ...(userId !== null && { onBehalfOf: userId }),
  };
}
