import { Injectable } from '@nestjs/common';

import { Config } from '../../shared/config.js';
import { PrismaService } from '../../shared/database/prisma.service.js';

/** An hour of very many points takes so long at most. */
export const STATEMENT_MS = 600_000;

/** One connection, for sums that may take longer than a request may wait. */
@Injectable()
export class RollupDatabase extends PrismaService {
  constructor({ databaseUrl, database }: Config) {
    super({ databaseUrl, database: { ...database, poolSize: 1, statementMs: STATEMENT_MS } });
  }
}
