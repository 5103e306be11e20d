-- CreateEnum
CREATE TYPE "CertificationProfile" AS ENUM ('smoke', 'standard', 'deep');

-- CreateEnum
CREATE TYPE "RunPriority" AS ENUM ('high', 'normal', 'low');

-- CreateEnum
CREATE TYPE "RunOrigin" AS ENUM ('request', 'schedule');

-- AlterTable
ALTER TABLE "certification_runs" ADD COLUMN     "cancelRequestedAt" TIMESTAMP(3),
ADD COLUMN     "discover" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "inputsHash" TEXT,
ADD COLUMN     "maxCostUsd" DOUBLE PRECISION,
ADD COLUMN     "origin" "RunOrigin" NOT NULL DEFAULT 'request',
ADD COLUMN     "priority" "RunPriority" NOT NULL DEFAULT 'normal',
ADD COLUMN     "profile" "CertificationProfile" NOT NULL DEFAULT 'standard',
ADD COLUMN     "refuted" TEXT[] DEFAULT ARRAY[]::TEXT[],
ADD COLUMN     "suggested" TEXT[] DEFAULT ARRAY[]::TEXT[],
ADD COLUMN     "tries" INTEGER NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "model_certifications" ADD COLUMN     "formulaVersion" TEXT,
ADD COLUMN     "inputsHash" TEXT,
ADD COLUMN     "profile" "CertificationProfile",
ADD COLUMN     "refuted" TEXT[] DEFAULT ARRAY[]::TEXT[],
ADD COLUMN     "staleSince" TIMESTAMP(3),
ADD COLUMN     "suggested" TEXT[] DEFAULT ARRAY[]::TEXT[],
ADD COLUMN     "suiteVersion" TEXT;

-- CreateTable
CREATE TABLE "idempotency_keys" (
    "caller" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "requestHash" TEXT NOT NULL,
    "body" JSONB,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "idempotency_keys_pkey" PRIMARY KEY ("caller","key")
);

-- CreateIndex
CREATE INDEX "idempotency_keys_createdAt_idx" ON "idempotency_keys"("createdAt");

-- CreateIndex
CREATE INDEX "model_certifications_refuted_idx" ON "model_certifications" USING GIN ("refuted");

ALTER TABLE "certification_runs"
  ADD CONSTRAINT "certification_runs_maxCostUsd_check"
      CHECK ("maxCostUsd" > 0 AND "maxCostUsd" < 'Infinity'),
  ADD CONSTRAINT "certification_runs_tries_check" CHECK (tries >= 0);

-- Waiting runs of a provider are looked for by their deployment, in the order of their priority.
CREATE INDEX "certification_runs_waiting" ON "certification_runs"(priority, "createdAt")
  WHERE status IN ('PENDING', 'QUEUED');

-- What a certificate rests on: when it changes, the certificate says nothing any more.
CREATE FUNCTION certificate_inputs(deployment text) RETURNS text
LANGUAGE sql STABLE AS $$
  SELECT md5(jsonb_build_array(d."deploymentId", d."inferenceType", d."providerConfig",
                               d."providerId", p."baseUrl", p."authType", m.capabilities)::text)
    FROM model_deployments d
    JOIN base_models m ON m.id = d."baseModelId"
    JOIN providers p ON p.id = d."providerId"
   WHERE d.id = deployment
$$;

CREATE FUNCTION deployment_makes_stale() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE model_certifications SET "staleSince" = now()
   WHERE "deploymentId" = NEW.id AND "lastVerdict" IS NOT NULL AND "staleSince" IS NULL;
  RETURN NULL;
END $$;

CREATE FUNCTION model_makes_stale() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE model_certifications c SET "staleSince" = now()
    FROM model_deployments d
   WHERE d."baseModelId" = NEW.id AND c."deploymentId" = d.id
     AND c."lastVerdict" IS NOT NULL AND c."staleSince" IS NULL;
  RETURN NULL;
END $$;

CREATE FUNCTION provider_makes_stale() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE model_certifications c SET "staleSince" = now()
    FROM model_deployments d
   WHERE d."providerId" = NEW.id AND c."deploymentId" = d.id
     AND c."lastVerdict" IS NOT NULL AND c."staleSince" IS NULL;
  RETURN NULL;
END $$;

CREATE TRIGGER deployment_makes_stale AFTER UPDATE ON model_deployments FOR EACH ROW
  WHEN ((OLD."deploymentId", OLD."inferenceType", OLD."providerConfig", OLD."providerId",
         OLD."baseModelId")
        IS DISTINCT FROM
        (NEW."deploymentId", NEW."inferenceType", NEW."providerConfig", NEW."providerId",
         NEW."baseModelId"))
  EXECUTE FUNCTION deployment_makes_stale();

CREATE TRIGGER model_makes_stale AFTER UPDATE ON base_models FOR EACH ROW
  WHEN (OLD.capabilities IS DISTINCT FROM NEW.capabilities)
  EXECUTE FUNCTION model_makes_stale();

CREATE TRIGGER provider_makes_stale AFTER UPDATE ON providers FOR EACH ROW
  WHEN ((OLD."baseUrl", OLD."authType") IS DISTINCT FROM (NEW."baseUrl", NEW."authType"))
  EXECUTE FUNCTION provider_makes_stale();
