import type { FastifyReply, FastifyRequest } from 'fastify';

/** Answers a request before it enters Nest. @returns false when it is left to Nest */
export type EarlyAnswer = (request: FastifyRequest, reply: FastifyReply) => boolean;
