-- AlterTable
ALTER TABLE "system_metric_rollups" ADD COLUMN     "hours" JSON;

-- Days that a version before this one summed up: the next workers do so again, from their hours.
CREATE INDEX system_metric_rollups_without_hours ON system_metric_rollups (at)
  WHERE width = 'day' AND hours IS NULL;
