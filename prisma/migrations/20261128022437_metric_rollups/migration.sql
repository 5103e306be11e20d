-- CreateEnum
CREATE TYPE "RollupWidth" AS ENUM ('hour', 'day');

-- CreateTable
CREATE TABLE "system_metric_rollups" (
    "subject" TEXT NOT NULL,
    "metricType" TEXT NOT NULL,
    "width" "RollupWidth" NOT NULL,
    "at" TIMESTAMP(3) NOT NULL,
    "region" TEXT NOT NULL,
    "isWhole" BOOLEAN NOT NULL,
    "count" BIGINT NOT NULL,
    "sum" DOUBLE PRECISION NOT NULL,
    "min" DOUBLE PRECISION NOT NULL,
    "max" DOUBLE PRECISION NOT NULL,
    "p50" DOUBLE PRECISION NOT NULL,
    "p95" DOUBLE PRECISION NOT NULL,
    "p99" DOUBLE PRECISION NOT NULL,
    "last" DOUBLE PRECISION NOT NULL,
    "lastAt" TIMESTAMP(3) NOT NULL,
    "bins" INTEGER[],
    "counts" BIGINT[],

    CONSTRAINT "system_metric_rollups_pkey" PRIMARY KEY ("subject","metricType","width","at","region")
);

-- CreateTable
CREATE TABLE "system_metric_rollups_due" (
    "id" BIGSERIAL NOT NULL,
    "width" "RollupWidth" NOT NULL,
    "at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "system_metric_rollups_due_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "system_metric_retention" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "rawFrom" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "system_metric_retention_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "system_metric_rollups_width_at_idx" ON "system_metric_rollups"("width", "at");

-- CreateIndex
CREATE INDEX "system_metric_rollups_due_width_at_idx" ON "system_metric_rollups_due"("width", "at");

-- CreateIndex
CREATE INDEX "system_metrics_timestamp_idx" ON "system_metrics"("timestamp");

ALTER TABLE "system_metric_rollups"
  ADD CONSTRAINT "system_metric_rollups_count_check" CHECK (count > 0),
  ADD CONSTRAINT "system_metric_rollups_bins_check"
    CHECK (cardinality(bins) > 0 AND cardinality(bins) = cardinality(counts));

ALTER TABLE "system_metric_retention"
  ADD CONSTRAINT "system_metric_retention_one_row" CHECK (id = 1);
INSERT INTO "system_metric_retention" ("rawFrom") VALUES ('-infinity');

-- Whoever writes points makes the roll-ups of their hours due, in the same transaction: no reader
-- sees the one without the other.
CREATE FUNCTION points_make_rollups_due() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO system_metric_rollups_due (width, at)
  SELECT DISTINCT 'hour'::"RollupWidth", date_trunc('hour', timestamp) FROM new_points;
  RETURN NULL;
END $$;

CREATE TRIGGER points_make_rollups_due AFTER INSERT ON system_metrics
  REFERENCING NEW TABLE AS new_points FOR EACH STATEMENT
  EXECUTE FUNCTION points_make_rollups_due();

-- What was measured so far is summed up by the first workers that know how.
INSERT INTO system_metric_rollups_due (width, at)
SELECT DISTINCT 'hour'::"RollupWidth", date_trunc('hour', timestamp) FROM system_metrics;
