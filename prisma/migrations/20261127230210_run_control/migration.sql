-- CreateEnum
CREATE TYPE "StaleReason" AS ENUM ('deployment_changed', 'model_changed', 'provider_changed', 'changed_during_run', 'suite_changed');

-- AlterTable
ALTER TABLE "certification_runs" ADD COLUMN     "lostWorkers" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "waitsForSlot" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "model_certifications" ADD COLUMN     "staleReason" "StaleReason";

ALTER TABLE "certification_runs"
  ADD CONSTRAINT "certification_runs_lostWorkers_check" CHECK ("lostWorkers" >= 0);

-- A run that somebody cancelled stops soon: a new one need not wait for that.
DROP INDEX "certification_runs_one_active";
CREATE UNIQUE INDEX "certification_runs_one_active" ON "certification_runs"("deploymentId", region)
  WHERE status IN ('PENDING', 'QUEUED', 'PROCESSING') AND "cancelRequestedAt" IS NULL;

-- Runs that wait for a slot of their provider are looked for by their deployments.
DROP INDEX "certification_runs_waiting";
CREATE INDEX "certification_runs_waiting_for_slot" ON "certification_runs"("deploymentId")
  WHERE "waitsForSlot";

-- Runs under way at a provider. One whose worker died holds no slot.
CREATE FUNCTION runs_under_way(provider text) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT count(*) FROM certification_runs r JOIN model_deployments d ON d.id = r."deploymentId"
   WHERE d."providerId" = provider AND r.status = 'PROCESSING' AND r."leaseUntil" > now()
$$;

-- Whether another run of this deployment's provider may begin. The lock lets only one transaction
-- ask at a time for a provider; as the function is volatile, the count after it sees what the one
-- before committed.
CREATE FUNCTION has_free_slot(deployment text, slots integer) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  provider text := (SELECT "providerId" FROM model_deployments WHERE id = deployment);
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('certification_runs.slots'), hashtext(provider));
  RETURN runs_under_way(provider) < slots;
END $$;

-- The certificates of these deployments say nothing any more. They are locked in the one order in
-- which everybody locks several of them.
CREATE FUNCTION make_stale(deployments text[], reason "StaleReason") RETURNS void
LANGUAGE sql VOLATILE AS $$
  WITH locked AS (
    SELECT id FROM model_certifications
     WHERE "deploymentId" = ANY(deployments)
       AND "lastVerdict" IS NOT NULL AND "staleSince" IS NULL
     ORDER BY "deploymentId" COLLATE "C", region COLLATE "C" FOR NO KEY UPDATE)
  UPDATE model_certifications c SET "staleSince" = now(), "staleReason" = reason
    FROM locked WHERE c.id = locked.id
$$;

-- Once for each statement, not for each row: only so can all of its certificates be put in order.
DROP TRIGGER deployment_makes_stale ON model_deployments;
DROP TRIGGER model_makes_stale ON base_models;
DROP TRIGGER provider_makes_stale ON providers;
DROP FUNCTION deployment_makes_stale();
DROP FUNCTION model_makes_stale();
DROP FUNCTION provider_makes_stale();

CREATE FUNCTION deployments_make_stale() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changed text[] := ARRAY(
    SELECT n.id FROM old_rows o JOIN new_rows n USING (id)
     WHERE (o."deploymentId", o."inferenceType", o."providerConfig", o."providerId",
            o."baseModelId")
           IS DISTINCT FROM
           (n."deploymentId", n."inferenceType", n."providerConfig", n."providerId",
            n."baseModelId"));
BEGIN
  IF changed <> '{}' THEN PERFORM make_stale(changed, 'deployment_changed'); END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION models_make_stale() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changed text[] := ARRAY(
    SELECT d.id FROM old_rows o JOIN new_rows n USING (id)
      JOIN model_deployments d ON d."baseModelId" = n.id
     WHERE o.capabilities IS DISTINCT FROM n.capabilities);
BEGIN
  IF changed <> '{}' THEN PERFORM make_stale(changed, 'model_changed'); END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION providers_make_stale() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changed text[] := ARRAY(
    SELECT d.id FROM old_rows o JOIN new_rows n USING (id)
      JOIN model_deployments d ON d."providerId" = n.id
     WHERE (o."baseUrl", o."authType") IS DISTINCT FROM (n."baseUrl", n."authType"));
BEGIN
  IF changed <> '{}' THEN PERFORM make_stale(changed, 'provider_changed'); END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER deployments_make_stale AFTER UPDATE ON model_deployments
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION deployments_make_stale();

CREATE TRIGGER models_make_stale AFTER UPDATE ON base_models
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION models_make_stale();

CREATE TRIGGER providers_make_stale AFTER UPDATE ON providers
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION providers_make_stale();
