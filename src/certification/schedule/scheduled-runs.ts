import { Prisma } from '../../generated/prisma/client.js';
import {
  atAllowedProviders,
  ofAllowedDeployments,
} from '../../shared/database/allowed-providers.js';
import { whereAll } from '../../shared/database/listing.js';
import type { PrismaService } from '../../shared/database/prisma.service.js';
import { sumOfUsd } from '../runs/run-sql.js';
import { OPEN } from '../runs/run-status.js';
import type { Spending } from './daily-budget.js';
import { ESTIMATE_USD } from './run-estimate.js';

const SCHEDULED = Prisma.sql`r.origin = 'schedule'`;
const ENDED_TODAY = Prisma.sql`
  r."updatedAt" > now() - interval '24 hours'
  AND r.status IN ('CERTIFIED', 'QUALITY_WARNING', 'FAILED', 'COMPLETED', 'CANCELLED')`;

/**
 * What the schedule's own runs cost, also of deployments that were removed; those somebody asked for
 * do not count.
 */
export async function spendingOf(
  prisma: PrismaService,
): Promise<Spending & { readonly underWay: number }> {
  const allowed = ofAllowedDeployments(Prisma.sql`r."deploymentId"`);
  const ofRemoved = whereAll([
    Prisma.sql`at > now() - interval '24 hours'`,
    ...atAllowedProviders(Prisma.sql`"providerId"`),
  ]);
  const [ended, open] = await Promise.all([
    prisma.select<{ spent: number }>(Prisma.sql`
      SELECT ${sumOfUsd(Prisma.sql`"costUsd"`)} AS spent FROM (
        SELECT r."costUsd" FROM certification_runs r
         ${whereAll([SCHEDULED, ENDED_TODAY, ...allowed])}
         UNION ALL SELECT "costUsd" FROM removed_spending ${ofRemoved}) AS spending`),
    prisma.select<{ reserved: number; runs: number }>(Prisma.sql`
      SELECT ${sumOfUsd(ESTIMATE_USD)} AS reserved, count(*)::int AS runs
        FROM certification_runs r
        JOIN model_deployments d ON d.id = r."deploymentId"
        JOIN base_models m ON m.id = d."baseModelId"
       ${whereAll([SCHEDULED, OPEN, ...allowed])}`),
  ]);
  return {
    spentUsd: ended[0]?.spent ?? 0,
    reservedUsd: open[0]?.reserved ?? 0,
    underWay: open[0]?.runs ?? 0,
  };
}
