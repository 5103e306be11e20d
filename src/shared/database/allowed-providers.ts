import { Prisma } from '../../generated/prisma/client.js';
import { currentConfinement } from '../http/caller-context.js';

/**
 * What keeps the providers that a confined caller may not use out of every query: they are not
 * listed, not found and not counted. For any other caller there is no condition.
 */

/** @param providerId an expression: the id of the provider a row belongs to */
export function atAllowedProviders(providerId: Prisma.Sql): Prisma.Sql[] {
  const confinement = currentConfinement();
  return confinement ? [Prisma.sql`${providerId} = ANY(${[...confinement.ids]}::text[])`] : [];
}

/** @param deploymentId an expression: the id of the deployment a row belongs to */
export function ofAllowedDeployments(deploymentId: Prisma.Sql): Prisma.Sql[] {
  return atAllowedProviders(providerOf(deploymentId));
}

/** The id of the provider that a deployment is at. @param deploymentId an expression */
export function providerOf(deploymentId: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`(SELECT host."providerId" FROM model_deployments host WHERE host.id = ${deploymentId})`;
}

/** The condition for Prisma's own queries of deployments; undefined: there is none. */
export function allowedDeployments(): { providerId: { in: string[] } } | undefined {
  const confinement = currentConfinement();
  return confinement ? { providerId: { in: [...confinement.ids] } } : undefined;
}

/** The condition for Prisma's own queries of providers; undefined: there is none. */
export function allowedProviders(): { id: { in: string[] } } | undefined {
  const confinement = currentConfinement();
  return confinement ? { id: { in: [...confinement.ids] } } : undefined;
}

/** Whether a base model is deployed at a provider that a confined caller may not use. @param baseModelId an expression */
export function deployedBeyond(baseModelId: Prisma.Sql): Prisma.Sql {
  const [allowed] = atAllowedProviders(Prisma.sql`there."providerId"`);
  if (!allowed) return Prisma.sql`false`;
  return Prisma.sql`EXISTS (
    SELECT FROM model_deployments there
     WHERE there."baseModelId" = ${baseModelId} AND NOT ${allowed})`;
}
