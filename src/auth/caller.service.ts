import { Injectable } from '@nestjs/common';

import { ModelCacheService } from '../shared/cache/model-cache.service.js';
import { CALLERS, type Authenticated, type Caller } from './authenticated.js';
import { ApiKeyService } from './keys/api-key.service.js';
import { isAccessToken } from './sessions/access-token.js';
import { SessionService } from './sessions/session.service.js';
import { hashOf } from './tokens.js';

/** How long a token may go on being taken after another process revoked it and could not say so. */
const KEPT_MS = 30_000;

/** A token that was looked up. */
class KnownCaller {
  readonly caller: Caller;
  /** In milliseconds of the epoch. */
  private readonly until: number;

  constructor({ caller, until }: Authenticated) {
    this.caller = caller;
    this.until = until?.getTime() ?? Number.POSITIVE_INFINITY;
  }

  isGood(): boolean {
    return this.until > Date.now();
  }
}

/** Who speaks, by the bearer token: an API key, or the access token of a session. */
@Injectable()
export class CallerService {
  constructor(
    private readonly cache: ModelCacheService,
    private readonly keys: ApiKeyService,
    private readonly sessions: SessionService,
  ) {}

  /** Null when the token is unknown, revoked or expired. */
  async of(token: string): Promise<Caller | null> {
    const hashed = hashOf(token);
    const find = async () => {
      const found = isAccessToken(token)
        ? await this.sessions.authenticate(token)
        : await this.keys.authenticate(hashed);
      return found && new KnownCaller(found);
    };
    const known = await this.cache.load(cacheKey(hashed), [CALLERS], find, KEPT_MS);
    return known?.isGood() ? known.caller : null;
  }

  /** Who was found by the token of this hash a moment ago; null: ask `of`. */
  known(hashed: string): Caller | null {
    const known = this.cache.peek(cacheKey(hashed), KnownCaller);
    return known?.isGood() ? known.caller : null;
  }
}

function cacheKey(hashed: string): string {
  return `callers/${hashed}`;
}
