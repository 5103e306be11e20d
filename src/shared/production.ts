import { WHAT_A_KEY_IS } from './secrets/encryption-keys.js';

/** What decides whether a process may serve others. */
export interface Deployed {
  readonly embedded: boolean;
  readonly redisUrl: string | null;
  readonly adminApiKey: string | null;
  readonly encryptionKeys: readonly Buffer[];
}

/** Keys of documentation, of the demo and of tests: everybody knows them. */
const KNOWN_KEY = /^(demo_|test-)|at-least-16|change.?me|example|your-/i;
/** Far fewer than random characters or bytes ever have. */
const FEWEST_DIFFERENT = 8;

/** Why these settings must not go into production, in one sentence; null: they may. */
export function unsafeInProduction(settings: Deployed): string | null {
  const { embedded, redisUrl, adminApiKey, encryptionKeys } = settings;
  if (embedded) return 'DATABASE_URL must be set when NODE_ENV is production.';
  if (!redisUrl) return 'REDIS_URL must be set when NODE_ENV is production.';
  if (encryptionKeys.length === 0) {
    return `ENCRYPTION_KEY must be set when NODE_ENV is production: ${WHAT_A_KEY_IS}.`;
  }
  if (encryptionKeys.some((key) => isMonotonous(key))) {
    return `ENCRYPTION_KEY is not random, which it must be in production: ${WHAT_A_KEY_IS}.`;
  }
  if (adminApiKey !== null && (KNOWN_KEY.test(adminApiKey) || isMonotonous(adminApiKey))) {
    return 'ADMIN_API_KEY is an example or easily guessed: make one with openssl rand -base64 32.';
  }
  return null;
}

/** What is allowed, but should be meant, a sentence each. */
export function risksInProduction(settings: {
  readonly allowPrivateProviders: boolean;
  readonly hasUnlimitedSchedule: boolean;
}): string[] {
  const risks: string[] = [];
  if (settings.allowPrivateProviders) {
    risks.push(
      'ALLOW_PRIVATE_PROVIDERS is true: who may add a provider reaches every server that this one reaches.',
    );
  }
  if (settings.hasUnlimitedSchedule) {
    risks.push(
      'CERTIFICATION_SCHEDULE is on without CERTIFICATION_DAILY_BUDGET_USD: nothing limits what it costs.',
    );
  }
  return risks;
}

function isMonotonous(secret: string | Buffer): boolean {
  return new Set<unknown>(secret).size < FEWEST_DIFFERENT;
}
