import { Prisma } from '../generated/prisma/client.js';
import type { Identified } from '../shared/batch-buffer.js';
import type { PrismaService } from '../shared/database/prisma.service.js';
import type { MetricPoint } from './metric-point.js';

/**
 * Writes points by one statement; those that are there already stay as they are. Prisma's
 * createMany takes thirty times the CPU, and holds up every request meanwhile.
 */
export async function insertPoints(
  prisma: PrismaService,
  points: readonly Identified<MetricPoint>[],
): Promise<void> {
  await prisma.select(Prisma.sql`
    INSERT INTO system_metrics (id, "deploymentId", "metricType", value, timestamp, metadata)
    SELECT id, "deploymentId", "metricType", value, timestamp, metadata
      FROM jsonb_to_recordset(${JSON.stringify(points)}::jsonb)
        AS point(id text, "deploymentId" text, "metricType" text, value float8,
                 timestamp timestamptz, metadata jsonb)
        ON CONFLICT (id) DO NOTHING`);
}
