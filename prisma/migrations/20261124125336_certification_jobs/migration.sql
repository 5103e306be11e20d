-- CreateIndex
CREATE INDEX "certification_runs_createdAt_id_idx" ON "certification_runs"("createdAt", "id");

-- CreateIndex
CREATE INDEX "certification_runs_jobId_idx" ON "certification_runs"("jobId");
