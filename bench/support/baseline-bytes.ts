// Bare Fastify that answers given bytes from memory.
import fastify from 'fastify';

import { serveBaseline } from './children.js';

/** Path to body. */
export type Bodies = Record<string, string>;

function isBodies(value: unknown): value is Bodies {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((body) => typeof body === 'string')
  );
}

serveBaseline(isBodies, (bodies) => {
  const app = fastify();
  for (const [path, body] of Object.entries(bodies)) {
    const bytes = Buffer.from(body);
    const [route = path] = path.split('?');
    app.get(route, (_, reply) => reply.type('application/json; charset=utf-8').send(bytes));
  }
  return app.listen({ host: '127.0.0.1', port: 0 });
});
