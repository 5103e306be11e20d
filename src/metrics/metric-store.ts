import { Prisma } from '../generated/prisma/client.js';
import type { Identified } from '../shared/batch-buffer.js';
import type { PrismaService } from '../shared/database/prisma.service.js';
import type { MetricPoint } from './metric-point.js';

/**
 * Writes points by one statement; those that are there already stay as they are. Prisma's
 * createMany takes thirty times the CPU, and holds up every request meanwhile.
 *
 * @param points a JSON array of `MetricPoint`, each with its id, in UTF-8
 */
export async function insertPoints(prisma: PrismaService, points: Buffer): Promise<void> {
  await prisma.select(Prisma.sql`
    INSERT INTO system_metrics (id, "deploymentId", "metricType", value, timestamp, metadata)
    SELECT id, "deploymentId", "metricType", value, timestamp, metadata
      FROM jsonb_to_recordset(convert_from(${points}, 'UTF8')::jsonb)
        AS point(id text, "deploymentId" text, "metricType" text, value float8,
                 timestamp timestamptz, metadata jsonb)
        ON CONFLICT (id) DO NOTHING`);
}

/**
 * Makes the JSON of points, as `insertPoints` takes them. Those of one event come together, and have
 * their time and metadata in common: these are encoded once.
 */
export function pointEncoder(): (point: Identified<MetricPoint>) => string {
  let last: MetricPoint | undefined;
  let common = '';
  return (point) => {
    const { id, deploymentId, metricType, value, timestamp, metadata } = point;
    if (
      last?.metadata !== metadata ||
      last.timestamp !== timestamp ||
      last.deploymentId !== deploymentId
    ) {
      last = point;
      common = JSON.stringify({ deploymentId, timestamp, metadata }).slice(1);
    }
    // None of the two texts has anything to escape, and JSON has no word for Infinity.
    const number = Number.isFinite(value) ? value : null;
    return `{"id":"${id}","metricType":"${metricType}","value":${number},${common}`;
  };
}
