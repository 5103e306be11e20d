-- A certificate that becomes stale is another one: its updatedAt says so, whatever made it stale.

-- Those of these certificates that have a verdict which stands are stale from now on. They are locked
-- already, in the one order in which everybody locks several of them. Returns how many became stale.
CREATE FUNCTION mark_stale(certificates text[], reason "StaleReason") RETURNS integer
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  marked integer;
BEGIN
  UPDATE model_certifications
     SET "staleSince" = now(), "staleReason" = reason, "updatedAt" = now()
   WHERE id = ANY(certificates) AND "lastVerdict" IS NOT NULL AND "staleSince" IS NULL;
  GET DIAGNOSTICS marked = ROW_COUNT;
  RETURN marked;
END $$;

-- Certificates without a verdict are locked, too: one may be under way. The second statement sees
-- what was committed while the first one waited.
CREATE OR REPLACE FUNCTION make_stale(deployments text[], reason "StaleReason") RETURNS void
LANGUAGE sql VOLATILE AS $$
  SELECT FROM model_certifications
   WHERE "deploymentId" = ANY(deployments)
   ORDER BY "deploymentId" COLLATE "C", region COLLATE "C" FOR NO KEY UPDATE;
  SELECT mark_stale(ARRAY(SELECT id FROM model_certifications
                           WHERE "deploymentId" = ANY(deployments)), reason)
$$;
