-- Runs are locked before they are summed up, as their rows go afterwards: an attempt that is being
-- recorded is waited for, and counted. The removal comes to their certificates only then, as everybody
-- locks runs before certificates.
CREATE OR REPLACE FUNCTION deployment_leaves_spending() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM certification_runs WHERE "deploymentId" = OLD.id ORDER BY id FOR UPDATE;
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
