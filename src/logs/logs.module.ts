import { Module } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';

import { AuditInterceptor } from './audit.interceptor.js';
import { LogController } from './log.controller.js';
import { LogRecorder } from './log-recorder.js';
import { LogRetention } from './log-retention.js';
import { LogService } from './log.service.js';

/** Records what happens in the process: in every role. */
@Module({
  providers: [LogRecorder, LogRetention, { provide: APP_INTERCEPTOR, useClass: AuditInterceptor }],
})
export class LogsRecordingModule {}

/** Shows what all processes recorded. */
@Module({ controllers: [LogController], providers: [LogService] })
export class LogsModule {}
