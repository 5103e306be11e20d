import type { PriceHistory, PriceKind, Prisma } from '../../generated/prisma/client.js';
import { databaseTime } from '../../shared/database/database-time.js';
import { InvalidInput } from '../../shared/http/problem.js';
import type { PriceChangeDto } from './price-change.dto.js';
import { priceJumps, samePrices, type Prices } from './price-rules.js';

/** What a request says about the prices it sets. */
export interface PriceRequest {
  readonly prices: Prices;
  readonly priceChange?: PriceChangeDto;
  readonly confirmPriceJump: boolean;
  readonly caller: string | null;
}

/** Begins the history of a deployment. @throws InvalidInput */
export async function recordFirstPrices(
  tx: Prisma.TransactionClient,
  deploymentId: string,
  request: PriceRequest,
): Promise<void> {
  const { priceChange } = request;
  if (priceChange?.kind) {
    throw InvalidInput.field('/priceChange/kind', 'must be left out of the first prices');
  }
  const now = await databaseTime(tx);
  const since = pastMoment(priceChange, now) ?? now;
  await tx.priceHistory.create({ data: priceEntry(deploymentId, request, 'initial', since) });
}

/**
 * Adds an entry when the prices change, or begin earlier than they were said to, and none when they
 * do not.
 * @param before the prices the deployment has
 * @throws InvalidInput for a jump that is not confirmed, or a moment that cannot be
 */
export async function recordPriceChange(
  tx: Prisma.TransactionClient,
  deploymentId: string,
  before: Prices,
  request: PriceRequest,
): Promise<void> {
  const { prices, priceChange, confirmPriceJump } = request;
  const isSame = samePrices(before, prices);
  if (isSame && priceChange?.effectiveFrom === undefined) return;
  const now = await databaseTime(tx);
  const given = pastMoment(priceChange, now);
  const jumps = confirmPriceJump ? [] : priceJumps(before, prices);
  if (jumps.length > 0) throw new InvalidInput(jumps);
  const latest = await inForce(tx, deploymentId, now);
  const kind = priceChange?.kind ?? 'repricing';
  if (given && latest) {
    if (isSame && given.getTime() === latest.effectiveFrom.getTime()) return;
    checkBeginning(given, latest.effectiveFrom, kind, isSame);
  }
  const standing = kind === 'correction' ? latest?.effectiveFrom : undefined;
  const since = given ?? standing ?? now;
  await tx.priceHistory.create({ data: priceEntry(deploymentId, request, kind, since) });
}

/** @param standing when the prices in force began */
function checkBeginning(given: Date, standing: Date, kind: PriceKind, isSame: boolean): void {
  const began = standing.toISOString();
  if (kind === 'repricing' && given < standing) {
    throw InvalidInput.field(
      '/priceChange/effectiveFrom',
      `must not be before ${began}, when the prices in force began; ` +
        'only a correction reaches further back',
    );
  }
  if (isSame && given > standing) {
    throw InvalidInput.field(
      '/priceChange/effectiveFrom',
      `must not be after ${began}, when the prices in force began: these are the same`,
    );
  }
}

/** The columns of a new entry. */
export function priceEntry(
  deploymentId: string,
  { prices, priceChange, caller }: PriceRequest,
  kind: PriceKind,
  effectiveFrom: Date,
) {
  const source = priceChange?.source ?? null;
  return { ...prices, deploymentId, kind, effectiveFrom, source, createdBy: caller };
}

/**
 * The entry in force at a moment: the one recorded last among those effective by then, so that a
 * correction takes the place of all it reaches back over. Null: there were no prices yet.
 */
function inForce(
  tx: Prisma.TransactionClient,
  deploymentId: string,
  at: Date,
): Promise<PriceHistory | null> {
  return tx.priceHistory.findFirst({
    where: { deploymentId, effectiveFrom: { lte: at } },
    orderBy: { sequence: 'desc' },
  });
}

function pastMoment(priceChange: PriceChangeDto | undefined, now: Date): Date | null {
  if (priceChange?.effectiveFrom === undefined) return null;
  const moment = new Date(priceChange.effectiveFrom);
  if (moment > now) {
    throw InvalidInput.field('/priceChange/effectiveFrom', 'must not be in the future');
  }
  return moment;
}
