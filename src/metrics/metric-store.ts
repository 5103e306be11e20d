import { Prisma } from '../generated/prisma/client.js';
import type { PrismaService } from '../shared/database/prisma.service.js';
import { orderedId } from '../shared/ordered-id.js';
import type { Measurement } from './measurement.js';

/** The JSON of a measurement, as `insertPoints` takes it; each of its points gets an id. */
export function encodeMeasurement(measurement: Measurement): string {
  const { deploymentId, timestamp, metadata, values } = measurement;
  return JSON.stringify({
    deploymentId,
    timestamp,
    metadata,
    ids: values.map(() => orderedId()),
    types: values.map(([metricType]) => metricType),
    values: values.map(([, value]) => value),
  });
}

/**
 * Writes the points of measurements by one statement; those that are there already stay as they are.
 * Prisma's createMany takes thirty times the CPU, and holds up every request meanwhile.
 *
 * @param measurements a JSON array of encoded ones, in UTF-8
 */
export async function insertPoints(prisma: PrismaService, measurements: Buffer): Promise<void> {
  await prisma.select(Prisma.sql`
    INSERT INTO system_metrics (id, "deploymentId", "metricType", value, timestamp, metadata)
    SELECT point.id, "deploymentId", point.type, point.value, timestamp, metadata
      FROM jsonb_to_recordset(convert_from(${measurements}, 'UTF8')::jsonb)
             AS measurement("deploymentId" text, timestamp timestamptz, metadata jsonb,
                            ids text[], types text[], "values" float8[]),
           unnest(ids, types, "values") AS point(id, type, value)
        ON CONFLICT (id) DO NOTHING`);
}
