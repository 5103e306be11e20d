import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';

import { Prisma } from '../../generated/prisma/client.js';
import { EVERYTHING } from '../../shared/cache/invalidation-channel.js';
import { ModelCacheService } from '../../shared/cache/model-cache.service.js';
import { PrismaService } from '../../shared/database/prisma.service.js';
import { SUITE_MAJOR } from '../validation/suite.js';

const SLICE = 1_000;

/**
 * Certificates earned with an older major version of the suite say too little: a worker that brings
 * a newer one makes them stale as it starts. They are few at a time, so that nobody waits for long.
 */
@Injectable()
export class SuiteChange implements OnApplicationBootstrap {
  private readonly logger = new Logger(SuiteChange.name);

  constructor(
    private readonly prisma: PrismaService,
    private readonly cache: ModelCacheService,
  ) {}

  /** Does not keep the worker from starting. */
  onApplicationBootstrap(): void {
    this.makeStale().catch((error: unknown) =>
      this.logger.warn(`Certificates of older suites: ${String(error)}`),
    );
  }

  private async makeStale(): Promise<void> {
    for (let found = SLICE, all = 0; found === SLICE;) {
      const marked = this.prisma.select<{ found: number }>(Prisma.sql`
        WITH locked AS (
          SELECT id FROM model_certifications
           WHERE "lastVerdict" IS NOT NULL AND "staleSince" IS NULL
             AND split_part("suiteVersion", '.', 1)::int < ${SUITE_MAJOR}::int
           ORDER BY "deploymentId" COLLATE "C", region COLLATE "C" LIMIT ${SLICE}::int
             FOR NO KEY UPDATE
        )
        SELECT mark_stale(ARRAY(SELECT id FROM locked), 'suite_changed') AS found`);
      const [slice] = await this.cache.guard(marked);
      found = slice?.found ?? 0;
      all += found;
      if (found > 0) this.cache.invalidate([EVERYTHING]);
      if (all > 0) this.logger.log(`${all} certificates of older suites are stale.`);
    }
  }
}
