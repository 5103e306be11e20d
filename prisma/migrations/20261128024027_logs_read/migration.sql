-- CreateIndex
CREATE INDEX "logs_timestamp_id_idx" ON "logs"("timestamp", "id");

-- CreateIndex
CREATE INDEX "logs_level_timestamp_id_idx" ON "logs"("level", "timestamp", "id");

-- What was done to one thing.
CREATE INDEX "logs_entity" ON "logs"((metadata->>'entityId'), "timestamp", "id")
  WHERE level = 'audit';
