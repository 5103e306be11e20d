import { randomUUID } from 'node:crypto';

import {
  ConflictException,
  ForbiddenException,
  Injectable,
  Logger,
  UnauthorizedException,
} from '@nestjs/common';

import type { User } from '../../generated/prisma/client.js';
import { ModelCacheService } from '../../shared/cache/model-cache.service.js';
import { PrismaService } from '../../shared/database/prisma.service.js';
import { ProblemException } from '../../shared/http/problem.js';
import { noteInAudit } from '../../shared/logging/audit.js';
import { addToContext } from '../../shared/logging/log-context.js';
import { LimitReached, RateLimits } from '../../shared/limits/rate-limits.js';
import { confinementOf } from '../access/confinement.js';
import { CALLERS, type Authenticated } from '../authenticated.js';
import { hashOf, randomToken } from '../tokens.js';
import { hashPassword, isPassword } from '../users/passwords.js';
import { ACCESS_SECONDS, AccessTokens } from './access-token.js';
import type { LoginInput, PasswordChangeInput, TokensDto } from './session.dto.js';

const SESSION_MS = 30 * 24 * 3_600_000;
/** Logins in a minute: as one user from one address, as one user, from one address. */
const LIMITS = { userAtAddress: 10, user: 100, address: 100 };
const WRONG = 'The email address or the password is wrong.';

/** People who are logged in. */
@Injectable()
export class SessionService {
  private readonly logger = new Logger(SessionService.name);

  constructor(
    private readonly prisma: PrismaService,
    private readonly cache: ModelCacheService,
    private readonly limits: RateLimits,
    private readonly tokens: AccessTokens,
  ) {}

  /**
   * Begins a session. What is wrong is never said, and takes as long as what is right.
   * @param address where the request comes from
   * @throws UnauthorizedException; ProblemException 429; ServiceUnavailableException without an
   *   encryption key
   */
  async login({ email, password }: LoginInput, address: string): Promise<TokensDto> {
    await this.limit(email, address);
    noteInAudit({ entity: 'session', email, address });
    const user = await this.prisma.user.findUnique({ where: { email } });
    if (!(await isPassword(password, user?.password ?? null)) || !user) {
      throw new UnauthorizedException(WRONG);
    }
    await this.prisma.session.deleteMany({
      where: { userId: user.id, expiresAt: { lt: new Date() } },
    });
    return this.begin(user);
  }

  /**
   * Changes the caller's own password, ends all of their sessions and begins another.
   * @throws ForbiddenException for a caller who is no user, or with a wrong password;
   *   ConflictException when it was changed meanwhile; ProblemException 429;
   *   ServiceUnavailableException without an encryption key
   */
  async changePassword(
    userId: string | null,
    { currentPassword, newPassword }: PasswordChangeInput,
    address: string,
  ): Promise<TokensDto> {
    const user = userId && (await this.prisma.user.findUnique({ where: { id: userId } }));
    if (!user) throw new ForbiddenException('Only a user has a password.');
    await this.limit(user.email, address);
    const { id, password: stored } = user;
    if (!(await isPassword(currentPassword, stored))) {
      throw new ForbiddenException('The current password is wrong.');
    }
    const password = await hashPassword(newPassword);
    await this.prisma.$transaction(async (tx) => {
      const where = { id, password: stored };
      const { count } = await tx.user.updateMany({ where, data: { password } });
      if (count === 0) throw new ConflictException('The password was changed meanwhile.');
      await tx.session.deleteMany({ where: { userId: id } });
    });
    noteInAudit({ entity: 'session', passwordChanged: true });
    this.cache.invalidate([CALLERS]);
    return this.begin({ ...user, password });
  }

  private async begin({
    id: userId,
    email,
    password,
  }: Pick<User, 'id' | 'email' | 'password'>): Promise<TokensDto> {
    const id = randomUUID();
    const accessToken = await this.tokens.issue(userId, id);
    const refreshToken = refreshTokenOf(id);
    const expiresAt = new Date(Date.now() + SESSION_MS);
    const session = { id, userId, refreshHash: hashOf(refreshToken), expiresAt };
    await this.prisma.$transaction(async (tx) => {
      // A new password ends the sessions there are: one begun by the old one must not come after.
      const [same] = await tx.$queryRaw<unknown[]>`
        SELECT FROM users WHERE id = ${userId} AND password = ${password} FOR SHARE`;
      if (!same) throw new UnauthorizedException(WRONG);
      await tx.session.create({ data: session });
    });
    addToContext({ userId }, { caller: email });
    noteInAudit({ entityId: id });
    return { accessToken, expiresIn: ACCESS_SECONDS, refreshToken, sessionExpiresAt: expiresAt };
  }

  /**
   * New tokens for the refresh token in force. One that was in force before ends the session: two
   * have it, and one of them stole it.
   * @throws UnauthorizedException; ServiceUnavailableException without an encryption key
   */
  async refresh(token: string): Promise<TokensDto> {
    const id = sessionIdOf(token);
    const refreshToken = refreshTokenOf(id);
    const [session] = await this.prisma.session.updateManyAndReturn({
      where: { ...alive(id), refreshHash: hashOf(token) },
      data: { refreshHash: hashOf(refreshToken), refreshedAt: new Date() },
    });
    if (!session) {
      await this.end(id, token);
      throw new UnauthorizedException('The refresh token is not in force; log in again.');
    }
    const { userId, expiresAt } = session;
    const accessToken = await this.tokens.issue(userId, id);
    return { accessToken, expiresIn: ACCESS_SECONDS, refreshToken, sessionExpiresAt: expiresAt };
  }

  /** Ends the session of a refresh token, in force or not; nothing is said of one that is none. */
  async logout(token: string): Promise<void> {
    await this.end(sessionIdOf(token), null);
  }

  /** Who speaks by an access token; null when it is none, or its session or its user is gone. */
  async authenticate(token: string): Promise<Authenticated | null> {
    const claims = await this.tokens.read(token);
    if (!claims) return null;
    const { sessionId, userId, until } = claims;
    const session = await this.prisma.session.findFirst({
      where: { ...alive(sessionId), userId },
      include: { user: { include: { providers: { select: { providerId: true } } } } },
    });
    if (!session) return null;
    const { user } = session;
    const { email, role } = user;
    const ends = session.expiresAt < until ? session.expiresAt : until;
    const confinement = confinementOf([user]);
    return {
      caller: { id: userId, name: email, userId, keyId: null, role, confinement },
      until: ends,
    };
  }

  /** @param reused the token that should not have come; null: the end is wanted */
  private async end(id: string, reused: string | null): Promise<void> {
    const [ended] = await this.prisma.session.updateManyAndReturn({
      where: { id, revokedAt: null },
      data: { revokedAt: new Date() },
      include: { user: { select: { email: true } } },
    });
    if (!ended) return;
    addToContext({ userId: ended.userId }, { caller: ended.user.email });
    noteInAudit({ entity: 'session', entityId: id });
    if (reused !== null) this.logger.warn(`An old refresh token came for session ${id}: it ends.`);
    this.cache.invalidate([CALLERS]);
  }

  /** @throws ProblemException 429 */
  private async limit(email: string, address: string): Promise<void> {
    const user = hashOf(email); // the counts are to tell nobody who logs in
    const demand = (key: string, limit: number) => ({ key: `login:${key}`, amount: 1, limit });
    try {
      await this.limits.take([
        demand(`${user} ${address}`, LIMITS.userAtAddress),
        demand(user, LIMITS.user),
        demand(address, LIMITS.address),
      ]);
    } catch (error) {
      if (!(error instanceof LimitReached)) throw error;
      const retryAfterMs = error.waitMs;
      throw new ProblemException(429, 'Too many logins; try again in a minute.', { retryAfterMs });
    }
  }
}

function alive(id: string) {
  return { id, revokedAt: null, expiresAt: { gt: new Date() } };
}

/** A refresh token names its session, so that an old one can be told from one that is none. */
function refreshTokenOf(sessionId: string): string {
  return `${sessionId}.${randomToken()}`;
}

/** Empty, which no session is called, for a text that is no refresh token. */
function sessionIdOf(token: string): string {
  return /^([0-9a-f-]{36})\.[\w-]{43}$/.exec(token)?.[1] ?? '';
}
