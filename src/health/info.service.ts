import { Injectable } from '@nestjs/common';

import { Config } from '../shared/config.js';
import { PrismaService } from '../shared/database/prisma.service.js';
import { inTime } from '../shared/in-time.js';
import { SingleFlight } from '../shared/single-flight.js';
import { VERSION } from '../shared/version.js';
import type { InfoDto } from './health.dto.js';

const PATIENCE_MS = 1_000;

/** What the process is. */
@Injectable()
export class InfoService {
  private readonly postgres = new SingleFlight(() => this.askPostgres());

  constructor(
    private readonly config: Config,
    private readonly prisma: PrismaService,
  ) {}

  async read(): Promise<InfoDto> {
    const { role, redisUrl } = this.config;
    return {
      version: VERSION,
      roles: role === 'all' ? ['api', 'worker'] : [role],
      backends: {
        postgres: await inTime(this.postgres.run(), PATIENCE_MS),
        queue: redisUrl ? 'redis' : 'postgres',
      },
      uptimeSeconds: Math.floor(process.uptime()),
    };
  }

  private async askPostgres(): Promise<string | null> {
    const asked = this.prisma.pool.query<{ server_version: string }>('SHOW server_version');
    const rows = await asked.then(({ rows }) => rows).catch(() => []);
    return rows[0]?.server_version ?? null;
  }
}
