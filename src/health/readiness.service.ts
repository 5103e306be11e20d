import { Injectable, ServiceUnavailableException } from '@nestjs/common';
import {
  HealthCheckService,
  HealthIndicatorService,
  type HealthCheckAttempt,
  type HealthCheckResult,
} from '@nestjs/terminus';

import { CertificationQueue } from '../certification/queue/certification-queue.js';
import { migrationNames, projectPaths } from '../migrations/folder.js';
import { lacking } from '../migrations/pending.js';
import { PrismaService } from '../shared/database/prisma.service.js';
import { Draining } from '../shared/draining.js';
import { ProblemException } from '../shared/http/problem.js';
import { objectOrNull } from '../shared/json.js';
import { SingleFlight } from '../shared/single-flight.js';

/** What does not answer within this time counts as down. */
const PATIENCE_MS = 1_000;

type Indicators = Record<string, 'up' | 'down'>;

/** Whether the process can do its work, and be sent more. */
@Injectable()
export class ReadinessService {
  /** A server that hangs is asked once, not by everybody who wants to know. */
  private readonly database = new SingleFlight(() => this.prisma.$queryRaw`SELECT 1`);
  private readonly migrations = new SingleFlight(() => this.checkMigrations());
  private readonly backend = new SingleFlight(() => this.queue.check());
  private readonly names = migrationNames(projectPaths);

  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly prisma: PrismaService,
    private readonly queue: CertificationQueue,
    private readonly draining: Draining,
  ) {}

  /** @throws ProblemException 503 that says what is down */
  async check(): Promise<HealthCheckResult> {
    try {
      return await this.health.check([
        () => this.attempt('database', () => this.database.run()),
        () => this.attempt('migrations', () => this.migrations.run()),
        () => this.attempt('queue', () => this.backend.run()),
        () => this.attempt('draining', () => this.checkDraining()),
      ]);
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      throw notReady(indicatorsIn(error.getResponse()), error);
    }
  }

  private attempt(name: string, work: () => Promise<unknown>): HealthCheckAttempt {
    // What the work returns would be told to everybody.
    const silent = () => work().then(() => undefined);
    return this.indicators.check(name).attempt(silent).withTimeout(PATIENCE_MS);
  }

  private async checkMigrations(): Promise<void> {
    const missing = await lacking(await this.names, (statement) =>
      this.prisma.pool.query(statement),
    );
    if (missing.length > 0) throw new Error('The database lacks migrations.');
  }

  private async checkDraining(): Promise<void> {
    if (this.draining.isBegun) throw new Error('The process is stopping.');
  }
}

/** Only the names and states: what an error says of a server is not for everybody. */
function indicatorsIn(response: string | object): Indicators {
  const details = objectOrNull(objectOrNull(response)?.details) ?? {};
  return Object.fromEntries(
    Object.entries(details).map(([name, indicator]) => [
      name,
      objectOrNull(indicator)?.status === 'up' ? 'up' : 'down',
    ]),
  );
}

function notReady(indicators: Indicators, cause: unknown): ProblemException {
  const down = Object.keys(indicators).filter((name) => indicators[name] === 'down');
  const detail = `Not ready: ${down.join(', ')}.`;
  return new ProblemException(503, detail, { members: { indicators }, cause });
}
