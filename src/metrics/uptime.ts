import { Prisma } from '../generated/prisma/client.js';
import type { PrismaService } from '../shared/database/prisma.service.js';
import { coverageOf } from './rollups/coverage.js';
import { selectDue, selectParts, type Part, type Scope } from './rollups/parts-sql.js';
import {
  UPTIME_WINDOWS,
  type UptimeDto,
  type UptimeWindow,
  type UptimeWindowDto,
} from './uptime.dto.js';

const MINUTE_MS = 60_000;

const LENGTHS_MS: Record<UptimeWindow, number> = {
  '5m': 5 * MINUTE_MS,
  '1h': 60 * MINUTE_MS,
  '1d': 1_440 * MINUTE_MS,
  '30d': 43_200 * MINUTE_MS,
};

/** How often a deployment answered, up to now. */
export async function selectUptime(
  prisma: PrismaService,
  deploymentId: string,
  now = Date.now(),
): Promise<UptimeDto> {
  const scope: Scope = {
    types: ['error_rate', 'throttled'],
    subjects: [deploymentId],
    conditions: [Prisma.sql`"deploymentId" = ${deploymentId}`],
    region: undefined,
  };
  const due = await selectDue(prisma, { from: now - LENGTHS_MS['30d'], to: now });
  const windows = UPTIME_WINDOWS.map(async (window) => {
    const length = LENGTHS_MS[window];
    const span = { from: now - length, to: now };
    const detail = { stepMs: length, hours: false };
    const parts = await selectParts(prisma, scope, coverageOf(span, due), detail);
    return { window, from: new Date(span.from), ...outcomeOf(parts) };
  });
  return { to: new Date(now), windows: await Promise.all(windows) };
}

function outcomeOf(parts: readonly Part[]): Omit<UptimeWindowDto, 'window' | 'from'> {
  let [judged, faults, throttled] = [0, 0, 0];
  for (const { metricType, count, sum } of parts) {
    if (metricType === 'throttled') throttled += count;
    else [judged, faults] = [judged + count, faults + sum];
  }
  const errorRate = judged > 0 ? faults / judged : null;
  return {
    judged,
    faults,
    throttled,
    errorRate,
    uptime: errorRate === null ? null : 1 - errorRate,
  };
}
