import { Injectable, Logger } from '@nestjs/common';

import { Config } from '../../shared/config.js';
import { tryLock } from '../../shared/database/advisory-lock.js';
import { PrismaService } from '../../shared/database/prisma.service.js';
import { RunIntake } from '../runs/run-intake.js';
import { affordable } from './daily-budget.js';
import { countDue, nextDue, type DueCertificate } from './due-certificates.js';
import { ScheduleQueue } from './schedule-queue.js';
import type { ScheduleDto } from './schedule.dto.js';
import { spendingOf } from './scheduled-runs.js';

/** The advisory lock that only one tick can hold. */
const TICK_LOCK = 4_711_001;
const TICK_TIMEOUT_MS = 60_000;

/** Tests certificates again before they expire. */
@Injectable()
export class CertificationScheduleService {
  private readonly logger = new Logger(CertificationScheduleService.name);

  constructor(
    private readonly prisma: PrismaService,
    private readonly config: Config,
    private readonly intake: RunIntake,
    private readonly queue: ScheduleQueue,
  ) {}

  /** Starts runs for the certificates that are due, as far as the budget reaches; one tick at a time. */
  async tick(): Promise<void> {
    await this.prisma.$transaction(
      async (tx) => {
        if (await tryLock(tx, TICK_LOCK)) await this.startDue();
      },
      { timeout: TICK_TIMEOUT_MS },
    );
  }

  async state(): Promise<ScheduleDto> {
    const { on, seconds, dailyBudgetUsd } = this.config.certificationSchedule;
    const [nextTickAt, due, next, spending] = await Promise.all([
      this.queue.nextTickAt(),
      countDue(this.prisma),
      nextDue(this.prisma, dailyBudgetUsd),
      spendingOf(this.prisma),
    ]);
    return {
      enabled: on,
      everySeconds: seconds,
      nextTickAt,
      due,
      next,
      dailyBudgetUsd,
      ...spending,
    };
  }

  private async startDue(): Promise<void> {
    const { dailyBudgetUsd } = this.config.certificationSchedule;
    const [due, spending] = await Promise.all([
      nextDue(this.prisma, dailyBudgetUsd),
      spendingOf(this.prisma),
    ]);
    const paid = affordable(due, spending, dailyBudgetUsd);
    if (paid.length < due.length) {
      this.logger.warn(`${due.length - paid.length} certificates wait for the daily budget.`);
    }
    for (const alike of byOrder(paid)) await this.start(alike);
  }

  private async start(alike: readonly DueCertificate[]): Promise<void> {
    const [first] = alike;
    if (!first) return;
    const { profile, discover, maxCostUsd, userId } = first;
    await this.intake.start(alike, {
      ...{ profile, discover, maxCostUsd, priority: 'low', origin: 'schedule' },
      ...{ force: true, caller: null, userId },
    });
  }
}

/** Certificates whose runs are to be carried out alike. */
function byOrder(due: readonly DueCertificate[]): Iterable<DueCertificate[]> {
  const groups = new Map<string, DueCertificate[]>();
  for (const one of due) {
    const key = JSON.stringify([one.profile, one.discover, one.maxCostUsd, one.userId]);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return groups.values();
}
