-- CreateEnum
CREATE TYPE "InferenceType" AS ENUM ('ON_DEMAND', 'INFERENCE_PROFILE', 'PROVISIONED');

-- CreateEnum
CREATE TYPE "CertificationStatus" AS ENUM ('PENDING', 'QUEUED', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELLED', 'CERTIFIED', 'QUALITY_WARNING');

-- CreateEnum
CREATE TYPE "ProbeVerdict" AS ENUM ('PASS', 'PASS_WITH_WARNING', 'FAIL_CAPABILITY', 'FAIL_BEHAVIOUR', 'INCONCLUSIVE_TRANSIENT', 'INCONCLUSIVE_CONFIG', 'INCONCLUSIVE_POLICY', 'SKIPPED_NOT_DECLARED', 'SKIPPED_DEPENDENCY', 'SKIPPED_BUDGET', 'INFO_UNDECLARED_SUPPORTED');

-- CreateEnum
CREATE TYPE "Role" AS ENUM ('VIEWER', 'OPERATOR', 'ADMIN');

-- CreateTable
CREATE TABLE "base_models" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "vendor" TEXT NOT NULL,
    "family" TEXT,
    "version" TEXT,
    "capabilities" JSONB NOT NULL,
    "defaultParams" JSONB,
    "description" TEXT,
    "releaseDate" TIMESTAMP(3),
    "deprecated" BOOLEAN NOT NULL DEFAULT false,
    "replacedBy" TEXT,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "base_models_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "providers" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "slug" TEXT NOT NULL,
    "baseUrl" TEXT,
    "authType" TEXT,
    "isActive" BOOLEAN NOT NULL DEFAULT true,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "providers_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "model_deployments" (
    "id" TEXT NOT NULL,
    "baseModelId" TEXT NOT NULL,
    "providerId" TEXT NOT NULL,
    "deploymentId" TEXT NOT NULL,
    "inferenceType" "InferenceType" NOT NULL DEFAULT 'ON_DEMAND',
    "providerConfig" JSONB,
    "regions" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "costPer1MInput" DOUBLE PRECISION NOT NULL,
    "costPer1MOutput" DOUBLE PRECISION NOT NULL,
    "costPerHour" DOUBLE PRECISION,
    "customParams" JSONB,
    "capabilitiesVerifiedAt" TIMESTAMP(3),
    "capabilitiesSource" TEXT,
    "isActive" BOOLEAN NOT NULL DEFAULT true,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "model_deployments_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "model_certifications" (
    "id" TEXT NOT NULL,
    "deploymentId" TEXT NOT NULL,
    "region" TEXT NOT NULL,
    "status" "CertificationStatus" NOT NULL DEFAULT 'PENDING',
    "lastVerdict" "CertificationStatus",
    "lastRunId" TEXT,
    "verdictRunId" TEXT,
    "certifiedAt" TIMESTAMP(3),
    "expiresAt" TIMESTAMP(3),
    "certifiedBy" TEXT,
    "lastTestedAt" TIMESTAMP(3),
    "testsPassed" INTEGER NOT NULL DEFAULT 0,
    "testsFailed" INTEGER NOT NULL DEFAULT 0,
    "successRate" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "avgLatencyMs" INTEGER,
    "lastError" TEXT,
    "failureReasons" JSONB,
    "passed" BOOLEAN,
    "score" DOUBLE PRECISION,
    "testResults" JSONB,
    "errorMessage" TEXT,
    "errorCategory" TEXT,
    "errorSeverity" TEXT,
    "rating" DOUBLE PRECISION,
    "badge" TEXT,
    "metrics" JSONB,
    "scores" JSONB,
    "ratingUpdatedAt" TIMESTAMP(3),
    "jobId" TEXT,
    "startedAt" TIMESTAMP(3),
    "completedAt" TIMESTAMP(3),
    "duration" INTEGER,
    "nextAttemptAt" TIMESTAMP(3),
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,
    "createdBy" TEXT,

    CONSTRAINT "model_certifications_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "certification_batches" (
    "id" TEXT NOT NULL,
    "createdBy" TEXT,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "certification_batches_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "certification_batch_runs" (
    "batchId" TEXT NOT NULL,
    "runId" TEXT NOT NULL,
    "joined" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "certification_batch_runs_pkey" PRIMARY KEY ("batchId","runId")
);

-- CreateTable
CREATE TABLE "certification_runs" (
    "id" TEXT NOT NULL,
    "certificationId" TEXT NOT NULL,
    "deploymentId" TEXT NOT NULL,
    "region" TEXT NOT NULL,
    "status" "CertificationStatus" NOT NULL DEFAULT 'PENDING',
    "suiteVersion" TEXT NOT NULL,
    "jobId" TEXT,
    "fence" INTEGER NOT NULL DEFAULT 0,
    "leaseUntil" TIMESTAMP(3),
    "rating" DOUBLE PRECISION,
    "badge" TEXT,
    "scores" JSONB,
    "formulaVersion" TEXT,
    "successRate" DOUBLE PRECISION,
    "testsPassed" INTEGER NOT NULL DEFAULT 0,
    "testsFailed" INTEGER NOT NULL DEFAULT 0,
    "avgLatencyMs" INTEGER,
    "metrics" JSONB,
    "costUsd" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "observedQuirks" JSONB,
    "errorCategory" TEXT,
    "errorSeverity" TEXT,
    "errorMessage" TEXT,
    "failureReasons" JSONB,
    "createdBy" TEXT,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,
    "startedAt" TIMESTAMP(3),
    "completedAt" TIMESTAMP(3),
    "nextAttemptAt" TIMESTAMP(3),

    CONSTRAINT "certification_runs_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "certification_probe_results" (
    "id" TEXT NOT NULL,
    "runId" TEXT NOT NULL,
    "probe" TEXT NOT NULL,
    "attempt" INTEGER NOT NULL,
    "verdict" "ProbeVerdict" NOT NULL,
    "reason" TEXT,
    "message" TEXT,
    "warnings" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "evidence" JSONB NOT NULL,
    "metrics" JSONB,
    "inputTokens" INTEGER NOT NULL DEFAULT 0,
    "outputTokens" INTEGER NOT NULL DEFAULT 0,
    "costUsd" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "startedAt" TIMESTAMP(3) NOT NULL,
    "completedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "certification_probe_results_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "system_metrics" (
    "id" TEXT NOT NULL,
    "deploymentId" TEXT,
    "metricType" TEXT NOT NULL,
    "value" DOUBLE PRECISION NOT NULL,
    "timestamp" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "metadata" JSONB,

    CONSTRAINT "system_metrics_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_keys" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "prefix" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "role" "Role" NOT NULL DEFAULT 'VIEWER',
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expiresAt" TIMESTAMP(3),
    "revokedAt" TIMESTAMP(3),

    CONSTRAINT "api_keys_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "users" (
    "id" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "password" TEXT NOT NULL,
    "name" TEXT,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "users_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "user_settings" (
    "id" TEXT NOT NULL,
    "theme" TEXT NOT NULL DEFAULT 'light',
    "awsAccessKey" TEXT,
    "awsSecretKey" TEXT,
    "awsRegion" TEXT DEFAULT 'us-east-1',
    "awsEnabledModels" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "userId" TEXT NOT NULL,

    CONSTRAINT "user_settings_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "logs" (
    "id" TEXT NOT NULL,
    "timestamp" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "level" TEXT NOT NULL,
    "message" TEXT NOT NULL,
    "requestId" TEXT,
    "userId" TEXT,
    "inferenceId" TEXT,
    "metadata" JSONB,
    "error" JSONB,

    CONSTRAINT "logs_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "base_models_name_key" ON "base_models"("name");

-- CreateIndex
CREATE INDEX "base_models_vendor_idx" ON "base_models"("vendor");

-- CreateIndex
CREATE INDEX "base_models_family_idx" ON "base_models"("family");

-- CreateIndex
CREATE INDEX "base_models_createdAt_id_idx" ON "base_models"("createdAt", "id");

-- CreateIndex
CREATE UNIQUE INDEX "providers_slug_key" ON "providers"("slug");

-- CreateIndex
CREATE INDEX "providers_createdAt_id_idx" ON "providers"("createdAt", "id");

-- CreateIndex
CREATE INDEX "model_deployments_baseModelId_idx" ON "model_deployments"("baseModelId");

-- CreateIndex
CREATE INDEX "model_deployments_providerId_idx" ON "model_deployments"("providerId");

-- CreateIndex
CREATE INDEX "model_deployments_inferenceType_idx" ON "model_deployments"("inferenceType");

-- CreateIndex
CREATE INDEX "model_deployments_createdAt_id_idx" ON "model_deployments"("createdAt", "id");

-- CreateIndex
CREATE UNIQUE INDEX "model_deployments_providerId_deploymentId_key" ON "model_deployments"("providerId", "deploymentId");

-- CreateIndex
CREATE INDEX "model_certifications_status_idx" ON "model_certifications"("status");

-- CreateIndex
CREATE INDEX "model_certifications_region_idx" ON "model_certifications"("region");

-- CreateIndex
CREATE INDEX "model_certifications_createdAt_id_idx" ON "model_certifications"("createdAt", "id");

-- CreateIndex
CREATE UNIQUE INDEX "model_certifications_deploymentId_region_key" ON "model_certifications"("deploymentId", "region");

-- CreateIndex
CREATE INDEX "certification_batch_runs_runId_idx" ON "certification_batch_runs"("runId");

-- CreateIndex
CREATE INDEX "certification_runs_certificationId_createdAt_idx" ON "certification_runs"("certificationId", "createdAt");

-- CreateIndex
CREATE INDEX "certification_runs_deploymentId_idx" ON "certification_runs"("deploymentId");

-- CreateIndex
CREATE INDEX "certification_runs_status_updatedAt_idx" ON "certification_runs"("status", "updatedAt");

-- CreateIndex
CREATE UNIQUE INDEX "certification_probe_results_runId_probe_attempt_key" ON "certification_probe_results"("runId", "probe", "attempt");

-- CreateIndex
CREATE INDEX "system_metrics_deploymentId_metricType_timestamp_idx" ON "system_metrics"("deploymentId", "metricType", "timestamp");

-- CreateIndex
CREATE UNIQUE INDEX "api_keys_name_key" ON "api_keys"("name");

-- CreateIndex
CREATE UNIQUE INDEX "api_keys_hash_key" ON "api_keys"("hash");

-- CreateIndex
CREATE UNIQUE INDEX "users_email_key" ON "users"("email");

-- CreateIndex
CREATE UNIQUE INDEX "user_settings_userId_key" ON "user_settings"("userId");

-- CreateIndex
CREATE INDEX "logs_timestamp_idx" ON "logs"("timestamp" DESC);

-- CreateIndex
CREATE INDEX "logs_level_idx" ON "logs"("level");

-- CreateIndex
CREATE INDEX "logs_userId_idx" ON "logs"("userId");

-- CreateIndex
CREATE INDEX "logs_requestId_idx" ON "logs"("requestId");

-- AddForeignKey
ALTER TABLE "model_deployments" ADD CONSTRAINT "model_deployments_baseModelId_fkey" FOREIGN KEY ("baseModelId") REFERENCES "base_models"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "model_deployments" ADD CONSTRAINT "model_deployments_providerId_fkey" FOREIGN KEY ("providerId") REFERENCES "providers"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "model_certifications" ADD CONSTRAINT "model_certifications_deploymentId_fkey" FOREIGN KEY ("deploymentId") REFERENCES "model_deployments"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "certification_batch_runs" ADD CONSTRAINT "certification_batch_runs_batchId_fkey" FOREIGN KEY ("batchId") REFERENCES "certification_batches"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "certification_batch_runs" ADD CONSTRAINT "certification_batch_runs_runId_fkey" FOREIGN KEY ("runId") REFERENCES "certification_runs"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "certification_runs" ADD CONSTRAINT "certification_runs_certificationId_fkey" FOREIGN KEY ("certificationId") REFERENCES "model_certifications"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "certification_runs" ADD CONSTRAINT "certification_runs_deploymentId_fkey" FOREIGN KEY ("deploymentId") REFERENCES "model_deployments"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "certification_probe_results" ADD CONSTRAINT "certification_probe_results_runId_fkey" FOREIGN KEY ("runId") REFERENCES "certification_runs"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "user_settings" ADD CONSTRAINT "user_settings_userId_fkey" FOREIGN KEY ("userId") REFERENCES "users"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- Rules the Prisma schema language cannot say. Written by hand; Prisma's differ overlooks them.

-- A price is a finite number: to PostgreSQL, NaN and Infinity are not less than Infinity.
ALTER TABLE "model_deployments"
    ADD CONSTRAINT "model_deployments_costPer1MInput_check" CHECK ("costPer1MInput" >= 0 AND "costPer1MInput" < 'Infinity'),
    ADD CONSTRAINT "model_deployments_costPer1MOutput_check" CHECK ("costPer1MOutput" >= 0 AND "costPer1MOutput" < 'Infinity'),
    ADD CONSTRAINT "model_deployments_costPerHour_check" CHECK ("costPerHour" >= 0 AND "costPerHour" < 'Infinity');

ALTER TABLE "model_certifications"
    ADD CONSTRAINT "model_certifications_rating_check" CHECK ("rating" BETWEEN 0 AND 5);

ALTER TABLE "certification_runs"
    ADD CONSTRAINT "certification_runs_fence_check" CHECK ("fence" >= 0);

ALTER TABLE "base_models"
    ADD CONSTRAINT "base_models_capabilities_check" CHECK (jsonb_typeof("capabilities") = 'object');

-- At most one run that has not ended, for each deployment in each region.
CREATE UNIQUE INDEX "certification_runs_one_active" ON "certification_runs"("deploymentId", "region")
    WHERE "status" IN ('PENDING', 'QUEUED', 'PROCESSING');
