import { Module } from '@nestjs/common';

import { Config } from '../config.js';
import { PrismaService } from '../database/prisma.service.js';
import { RateLimits } from './rate-limits.js';

@Module({
  providers: [{ provide: RateLimits, inject: [Config, PrismaService], useFactory: RateLimits.of }],
  exports: [RateLimits],
})
export class LimitsModule {}
