-- AlterTable
ALTER TABLE "system_metric_rollups" ADD COLUMN     "hours" JSON;

-- Days are summed up again from their hours by the next workers; until then they are due, and not read.
INSERT INTO system_metric_rollups_due (width, at)
SELECT DISTINCT 'day'::"RollupWidth", at FROM system_metric_rollups WHERE width = 'day';

-- A worker of the version before cannot write a day.
ALTER TABLE "system_metric_rollups"
  ADD CONSTRAINT "system_metric_rollups_hours_check" CHECK ((width = 'day') = (hours IS NOT NULL)) NOT VALID;
