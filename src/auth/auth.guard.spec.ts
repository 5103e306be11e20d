import { ForbiddenException, UnauthorizedException, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { describe, expect, it } from 'vitest';

import type { Role } from '../generated/prisma/client.js';
import { AtLeast, Open } from '../shared/http/at-least.decorator.js';
import { inRequest } from '../shared/http/caller-context.js';
import { AuthGuard } from './auth.guard.js';
import { CallerLimits } from './caller-limits.js';
import { FailedKeys } from './failed-keys.js';

class Endpoints {
  closed() {}
  @Open() open() {}
  @AtLeast('VIEWER') viewer() {}
  @AtLeast('OPERATOR') operator() {}
  @AtLeast('ADMIN') admin() {}
}
type Name = 'closed' | 'open' | 'viewer' | 'operator' | 'admin';

/** Every role's name is its key. */
const callers = {
  known: () => null,
  of: async (token: string) => {
    const role = (['VIEWER', 'OPERATOR', 'ADMIN'] as const).find((one) => one === token);
    return role
      ? { id: token, name: token, userId: null, keyId: null, role, confinement: null }
      : null;
  },
};

function contextOf(name: Name, key?: string): ExecutionContext {
  const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const handler = Endpoints.prototype[name];
  const reply = { headers: () => undefined };
  return new ExecutionContextHost([{ headers, ip: '::1' }, reply], Endpoints, handler);
}

const guard = (failed = new FailedKeys()) =>
  new AuthGuard(new Reflector(), callers, failed, new CallerLimits({ rateLimitPerMinute: 0 }));

/** Lets a request in, or not. */
function enter(context: ExecutionContext): Promise<boolean> {
  return new Promise((resolve, reject) => {
    inRequest(() => void guard().canActivate(context).then(resolve, reject));
  });
}

describe('AuthGuard', () => {
  it.each<[Name, (Role | undefined)[]]>([
    ['open', [undefined, 'VIEWER', 'OPERATOR', 'ADMIN']],
    ['viewer', ['VIEWER', 'OPERATOR', 'ADMIN']],
    ['operator', ['OPERATOR', 'ADMIN']],
    ['admin', ['ADMIN']],
    ['closed', []],
  ])('lets into %s exactly %j', async (name, allowed) => {
    for (const role of [undefined, 'VIEWER', 'OPERATOR', 'ADMIN'] as const) {
      const entering = enter(contextOf(name, role));
      if (allowed.includes(role)) await expect(entering).resolves.toBe(true);
      else {
        const refusal = role ? ForbiddenException : UnauthorizedException;
        await expect(entering).rejects.toThrow(refusal);
      }
    }
  });

  it('looks up no more keys of an address that sent very many wrong ones', async () => {
    const limited = guard();
    for (let count = 0; count < 100; count++) {
      await expect(limited.canActivate(contextOf('viewer', 'x'))).rejects.toMatchObject({
        status: 401,
      });
    }
    const refused = limited.canActivate(contextOf('viewer', 'ADMIN'));
    await expect(refused).rejects.toMatchObject({ status: 429, retryAfterMs: expect.any(Number) });
    // One that sends none is told what is missing.
    await expect(limited.canActivate(contextOf('viewer'))).rejects.toMatchObject({ status: 401 });
  });
});
