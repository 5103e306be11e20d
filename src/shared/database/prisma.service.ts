import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { PrismaPg } from '@prisma/adapter-pg';

import { PrismaClient } from '../../generated/prisma/client.js';
import { Config } from '../config.js';

/** The database, shared by every room. Connects on first use. */
@Injectable()
export class PrismaService extends PrismaClient implements OnApplicationShutdown {
  constructor(config: Config) {
    super({
      // Requests for the same deployment wait for each other: longer than Prisma's 2 s and 5 s.
      transactionOptions: { maxWait: 10_000, timeout: 20_000 },
      adapter: new PrismaPg({
        connectionString: config.databaseUrl,
        max: 20,
        connectionTimeoutMillis: 5_000,
        application_name: 'model-catalog',
        // Columns hold UTC without a zone: now() must mean the same in SQL as in Prisma.
        options: '-c timezone=UTC',
      }),
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.$disconnect();
  }
}
