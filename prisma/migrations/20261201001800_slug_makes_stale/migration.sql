-- The slug chooses the protocol, the variable that holds the key and, without an address, the host.
-- What runs while this is migrated began with the hash before, and is stale when it ends.
CREATE OR REPLACE FUNCTION certificate_inputs(deployment text) RETURNS text
LANGUAGE sql STABLE AS $$
  SELECT md5(jsonb_build_array(d."deploymentId", d."inferenceType", d."providerConfig",
                               d."providerId", p.slug, p."baseUrl", p."authType",
                               m.capabilities)::text)
    FROM model_deployments d
    JOIN base_models m ON m.id = d."baseModelId"
    JOIN providers p ON p.id = d."providerId"
   WHERE d.id = deployment
$$;

CREATE OR REPLACE FUNCTION providers_make_stale() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changed text[] := ARRAY(
    SELECT d.id FROM old_rows o JOIN new_rows n USING (id)
      JOIN model_deployments d ON d."providerId" = n.id
     WHERE (o.slug, o."baseUrl", o."authType") IS DISTINCT FROM (n.slug, n."baseUrl", n."authType"));
BEGIN
  IF changed <> '{}' THEN PERFORM make_stale(changed, 'provider_changed'); END IF;
  RETURN NULL;
END $$;
