-- CreateEnum
CREATE TYPE "PriceKind" AS ENUM ('initial', 'repricing', 'correction');

-- AlterTable
ALTER TABLE "model_deployments" ADD COLUMN     "rpmLimit" INTEGER,
ADD COLUMN     "tpmLimit" INTEGER;

-- CreateTable
CREATE TABLE "price_history" (
    "id" TEXT NOT NULL,
    "sequence" SERIAL NOT NULL,
    "deploymentId" TEXT NOT NULL,
    "costPer1MInput" DOUBLE PRECISION NOT NULL,
    "costPer1MOutput" DOUBLE PRECISION NOT NULL,
    "costPerHour" DOUBLE PRECISION,
    "effectiveFrom" TIMESTAMP(3) NOT NULL,
    "kind" "PriceKind" NOT NULL,
    "source" TEXT,
    "createdBy" TEXT,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "price_history_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "price_history_deploymentId_sequence_idx" ON "price_history"("deploymentId", "sequence");

-- CreateIndex
CREATE INDEX "base_models_replacedBy_idx" ON "base_models"("replacedBy");

-- CreateIndex
CREATE INDEX "base_models_capabilities_idx" ON "base_models" USING GIN ("capabilities" jsonb_path_ops);

-- CreateIndex
CREATE INDEX "base_models_updatedAt_id_idx" ON "base_models"("updatedAt", "id");

-- CreateIndex
CREATE INDEX "model_certifications_badge_idx" ON "model_certifications"("badge");

-- CreateIndex
CREATE INDEX "model_certifications_expiresAt_id_idx" ON "model_certifications"("expiresAt", "id");

-- CreateIndex
CREATE INDEX "model_certifications_updatedAt_id_idx" ON "model_certifications"("updatedAt", "id");

-- CreateIndex
CREATE INDEX "model_deployments_regions_idx" ON "model_deployments" USING GIN ("regions");

-- CreateIndex
CREATE INDEX "model_deployments_deploymentId_id_idx" ON "model_deployments"("deploymentId", "id");

-- CreateIndex
CREATE INDEX "model_deployments_costPer1MInput_id_idx" ON "model_deployments"("costPer1MInput", "id");

-- CreateIndex
CREATE INDEX "model_deployments_costPer1MOutput_id_idx" ON "model_deployments"("costPer1MOutput", "id");

-- CreateIndex
CREATE INDEX "model_deployments_updatedAt_id_idx" ON "model_deployments"("updatedAt", "id");

-- CreateIndex
CREATE INDEX "providers_name_id_idx" ON "providers"("name", "id");

-- CreateIndex
CREATE INDEX "providers_updatedAt_id_idx" ON "providers"("updatedAt", "id");

-- AddForeignKey
ALTER TABLE "base_models" ADD CONSTRAINT "base_models_replacedBy_fkey" FOREIGN KEY ("replacedBy") REFERENCES "base_models"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "price_history" ADD CONSTRAINT "price_history_deploymentId_fkey" FOREIGN KEY ("deploymentId") REFERENCES "model_deployments"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Rules the Prisma schema language cannot say. Written by hand; Prisma's differ overlooks them.

ALTER TABLE "base_models"
    ADD CONSTRAINT "base_models_name_check" CHECK ("name" <> ''),
    ADD CONSTRAINT "base_models_vendor_check" CHECK ("vendor" <> ''),
    ADD CONSTRAINT "base_models_replacedBy_check" CHECK ("replacedBy" <> "id"),
    ADD CONSTRAINT "base_models_defaultParams_check" CHECK (jsonb_typeof("defaultParams") = 'object'),
    ADD CONSTRAINT "base_models_limits_check" CHECK (
        jsonb_typeof("capabilities" -> 'maxContextWindow') IS NOT DISTINCT FROM 'number'
        AND jsonb_typeof("capabilities" -> 'maxOutputTokens') IS NOT DISTINCT FROM 'number'
        AND ("capabilities" ->> 'maxContextWindow')::numeric > 0
        AND ("capabilities" ->> 'maxOutputTokens')::numeric > 0),
    ADD CONSTRAINT "base_models_claims_check" CHECK (
        jsonb_typeof("capabilities" -> 'streaming') IS NOT DISTINCT FROM 'boolean'
        AND jsonb_typeof("capabilities" -> 'vision') IS NOT DISTINCT FROM 'boolean'
        AND jsonb_typeof("capabilities" -> 'functionCalling') IS NOT DISTINCT FROM 'boolean');

ALTER TABLE "providers"
    ADD CONSTRAINT "providers_slug_check" CHECK ("slug" ~ '^[a-z][a-z0-9]*(-[a-z0-9]+)*$'),
    ADD CONSTRAINT "providers_baseUrl_check" CHECK ("baseUrl" ~* '^https?://[^[:space:]/?#@]+'),
    ADD CONSTRAINT "providers_authType_check" CHECK ("authType" IN ('aws_credentials', 'api_key', 'oauth'));

ALTER TABLE "model_deployments"
    ADD CONSTRAINT "model_deployments_deploymentId_check" CHECK ("deploymentId" ~ '^[!-~]+$'),
    ADD CONSTRAINT "model_deployments_providerConfig_check" CHECK (jsonb_typeof("providerConfig") = 'object'),
    ADD CONSTRAINT "model_deployments_customParams_check" CHECK (jsonb_typeof("customParams") = 'object'),
    ADD CONSTRAINT "model_deployments_rpmLimit_check" CHECK ("rpmLimit" > 0),
    ADD CONSTRAINT "model_deployments_tpmLimit_check" CHECK ("tpmLimit" > 0),
    -- Reserved throughput is paid by the hour, everything else is not.
    ADD CONSTRAINT "model_deployments_hourly_check" CHECK (("inferenceType" = 'PROVISIONED') = ("costPerHour" IS NOT NULL)),
    -- and it has a name of its own: an ARN or, at Azure, a resource id.
    ADD CONSTRAINT "model_deployments_reserved_check" CHECK (
        "inferenceType" <> 'PROVISIONED'
        OR "deploymentId" LIKE 'arn:%'
        OR coalesce("providerConfig" ->> 'arn', '') LIKE 'arn:%'
        OR coalesce("providerConfig" ->> 'resourceId', '') LIKE '/subscriptions/%');

ALTER TABLE "price_history"
    ADD CONSTRAINT "price_history_costPer1MInput_check" CHECK ("costPer1MInput" >= 0 AND "costPer1MInput" < 'Infinity'),
    ADD CONSTRAINT "price_history_costPer1MOutput_check" CHECK ("costPer1MOutput" >= 0 AND "costPer1MOutput" < 'Infinity'),
    ADD CONSTRAINT "price_history_costPerHour_check" CHECK ("costPerHour" >= 0 AND "costPerHour" < 'Infinity');

-- The history of a deployment begins with a single row.
CREATE UNIQUE INDEX "price_history_one_initial" ON "price_history"("deploymentId") WHERE "kind" = 'initial';

-- Deployments from before the history begin theirs with the prices they have.
INSERT INTO "price_history"
    ("id", "deploymentId", "costPer1MInput", "costPer1MOutput", "costPerHour", "effectiveFrom", "kind")
SELECT gen_random_uuid(), "id", "costPer1MInput", "costPer1MOutput", "costPerHour", "createdAt", 'initial'
  FROM "model_deployments";
