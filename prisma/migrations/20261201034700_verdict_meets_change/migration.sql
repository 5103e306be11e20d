-- A verdict and a change of what it is about meet at the certificate. Whoever locks it first is seen
-- by the other: both look once they have the lock, at what is committed then.

-- What certificate_inputs() says now, not as the statement that asks began.
CREATE FUNCTION current_certificate_inputs(deployment text) RETURNS text
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  RETURN certificate_inputs(deployment);
END $$;

-- Certificates without a verdict are locked, too: one may be under way. The second statement sees
-- what was committed while the first one waited.
CREATE OR REPLACE FUNCTION make_stale(deployments text[], reason "StaleReason") RETURNS void
LANGUAGE sql VOLATILE AS $$
  SELECT FROM model_certifications
   WHERE "deploymentId" = ANY(deployments)
   ORDER BY "deploymentId" COLLATE "C", region COLLATE "C" FOR NO KEY UPDATE;
  UPDATE model_certifications SET "staleSince" = now(), "staleReason" = reason
   WHERE "deploymentId" = ANY(deployments) AND "lastVerdict" IS NOT NULL AND "staleSince" IS NULL
$$;
