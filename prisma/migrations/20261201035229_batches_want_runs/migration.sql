-- AlterTable
ALTER TABLE "certification_batch_runs" ADD COLUMN     "wanted" BOOLEAN NOT NULL DEFAULT true;
