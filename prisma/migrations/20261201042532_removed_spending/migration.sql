-- CreateTable
CREATE TABLE "removed_spending" (
    "id" BIGSERIAL NOT NULL,
    "providerId" TEXT NOT NULL,
    "at" TIMESTAMP(3) NOT NULL,
    "costUsd" DOUBLE PRECISION NOT NULL,

    CONSTRAINT "removed_spending_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "removed_spending_at_idx" ON "removed_spending"("at");

-- Before the rows of its runs go: afterwards nothing says any more what they cost. What no budget
-- counts any more is removed by whoever comes by, and waits for nobody.
CREATE FUNCTION deployment_leaves_spending() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO removed_spending ("providerId", at, "costUsd")
  SELECT OLD."providerId", spent.at, spent.usd
    FROM certification_runs r
   CROSS JOIN LATERAL (
     SELECT CASE WHEN open THEN now() ELSE r."updatedAt" END AS at,
            CASE WHEN open THEN (SELECT sum(p."costUsd") FROM certification_probe_results p
                                  WHERE p."runId" = r.id)
                 ELSE r."costUsd" END AS usd
       FROM (SELECT r.status IN ('PENDING', 'QUEUED', 'PROCESSING') AS open) AS run) AS spent
   WHERE r."deploymentId" = OLD.id AND r.origin = 'schedule' AND spent.usd > 0
     AND spent.at > now() - interval '24 hours';
  DELETE FROM removed_spending WHERE id IN (
    SELECT id FROM removed_spending WHERE at < now() - interval '24 hours' FOR UPDATE SKIP LOCKED);
  RETURN OLD;
END $$;

CREATE TRIGGER deployment_leaves_spending BEFORE DELETE ON model_deployments
  FOR EACH ROW EXECUTE FUNCTION deployment_leaves_spending();
