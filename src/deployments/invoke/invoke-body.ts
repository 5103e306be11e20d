import type { FastifyInstance } from 'fastify';

export const INVOKE_PATH = 'deployments/:id/invoke';
/** Images come within the body. */
const MAX_BODY_BYTES = 20 * 1024 * 1024;

/** Lets invocations, and nothing else, have bodies with images. */
export function takeInvocations(fastify: FastifyInstance): void {
  fastify.addHook('onRoute', (route) => {
    if (route.url === `/api/v2/${INVOKE_PATH}`) route.bodyLimit = MAX_BODY_BYTES;
  });
}
