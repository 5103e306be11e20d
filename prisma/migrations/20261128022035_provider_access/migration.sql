-- AlterTable
ALTER TABLE "api_keys" ADD COLUMN     "confined" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "users" ADD COLUMN     "confined" BOOLEAN NOT NULL DEFAULT false;

-- CreateTable
CREATE TABLE "provider_access" (
    "id" TEXT NOT NULL,
    "userId" TEXT,
    "apiKeyId" TEXT,
    "providerId" TEXT NOT NULL,

    CONSTRAINT "provider_access_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "provider_access_providerId_idx" ON "provider_access"("providerId");

-- CreateIndex
CREATE UNIQUE INDEX "provider_access_userId_providerId_key" ON "provider_access"("userId", "providerId");

-- CreateIndex
CREATE UNIQUE INDEX "provider_access_apiKeyId_providerId_key" ON "provider_access"("apiKeyId", "providerId");

-- AddForeignKey
ALTER TABLE "provider_access" ADD CONSTRAINT "provider_access_userId_fkey" FOREIGN KEY ("userId") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "provider_access" ADD CONSTRAINT "provider_access_apiKeyId_fkey" FOREIGN KEY ("apiKeyId") REFERENCES "api_keys"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "provider_access" ADD CONSTRAINT "provider_access_providerId_fkey" FOREIGN KEY ("providerId") REFERENCES "providers"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Whose access a row says: a user's, or a key's.
ALTER TABLE "provider_access" ADD CONSTRAINT "provider_access_of_one" CHECK (num_nonnulls("userId", "apiKeyId") = 1);

-- An admin could set themselves free.
ALTER TABLE "users" ADD CONSTRAINT "users_admin_not_confined" CHECK (NOT ("confined" AND "role" = 'ADMIN'));
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_admin_not_confined" CHECK (NOT ("confined" AND "role" = 'ADMIN'));
