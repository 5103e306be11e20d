import { ApiProperty } from '@nestjs/swagger';

import { DateField, EnumField, TextField, UuidField } from '../shared/http/fields.js';
import { PageQuery } from '../shared/http/paging.js';

/** How grave an entry is; `audit`: who changed what. */
export const LogLevel = { audit: 'audit', warn: 'warn', error: 'error', fatal: 'fatal' } as const;
export type LogLevel = keyof typeof LogLevel;

/** An entry of the log: a warning, an error, or a change that somebody made. */
export class LogDto {
  @ApiProperty({ format: 'uuid', description: 'Its id here.' })
  id: string;

  @ApiProperty({ type: String, format: 'date-time', description: 'When it happened.' })
  timestamp: string;

  @ApiProperty({ enum: LogLevel, enumName: 'LogLevel', description: 'What it is.' })
  level: LogLevel;

  @ApiProperty({ description: 'What happened, in one line.', example: 'model updated' })
  message: string;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The request it belongs to: its `X-Request-Id`. Null: none.',
  })
  requestId: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The user who asked, or whose key it was; null: no user, or unknown.',
  })
  userId: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The run that was under way; null: none.',
  })
  inferenceId: string | null;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description:
      'Of the audit: `action`, `entity`, `entityId`, `caller` (the name of a key, or an email ' +
      'address), `keyId`, `route`, and of a row `before` and `after`: the whole row when it was ' +
      'added or removed, else the fields that changed. Of warnings and errors: `context`, who says ' +
      'it, with `runId`, `jobId` and `deploymentId` where there are any. Never a secret.',
  })
  metadata: Record<string, unknown> | null;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description: 'Of an error: `name`, `message`, `code`, `stack`. Null: it is none.',
  })
  error: Record<string, unknown> | null;
}

/** Which entries are listed. */
export class LogQuery extends PageQuery {
  @EnumField({
    description: 'Only of this level.',
    values: LogLevel,
    name: 'LogLevel',
    optional: true,
  })
  level?: LogLevel;

  @TextField({ description: 'Only of this request.', maxLength: 128, optional: true })
  requestId?: string;

  @UuidField({ description: 'Only of what this user did.', optional: true })
  userId?: string;

  @TextField({
    description: 'Only the audit of what has this id: a model, a deployment, a key, a batch.',
    maxLength: 128,
    optional: true,
  })
  entityId?: string;

  @DateField({
    description: 'Only from this moment on.',
    example: '2026-01-01T00:00:00Z',
    optional: true,
  })
  from?: string;

  @DateField({
    description: 'Only before this moment.',
    example: '2026-01-02T00:00:00Z',
    optional: true,
  })
  to?: string;
}
