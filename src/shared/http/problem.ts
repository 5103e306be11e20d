import { STATUS_CODES } from 'node:http';

import { HttpException } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

/** What is wrong with one field of a request. */
export class FieldProblem {
  @ApiProperty({ description: 'JSON pointer to the field.', example: '/costPer1MInput' })
  pointer: string;

  @ApiProperty({ description: 'What the field must be.', example: 'must not be less than 0' })
  message: string;
}

/** An error, as RFC 9457 `application/problem+json`. */
export class Problem {
  @ApiProperty({ description: 'Kind of problem.', example: 'about:blank' })
  type: string;

  @ApiProperty({ description: 'The HTTP status in words.' })
  title: string;

  @ApiProperty({ type: 'integer', description: 'The HTTP status.' })
  status: number;

  @ApiProperty({ description: 'What happened.' })
  detail: string;

  @ApiProperty({ description: 'The path asked for.', example: '/api/v2/models/…' })
  instance: string;

  @ApiProperty({ description: 'Finds this request in the logs.' })
  requestId: string;

  @ApiPropertyOptional({ type: [FieldProblem], description: 'On 400: the fields at fault.' })
  errors?: FieldProblem[];

  @ApiPropertyOptional({
    description: 'When a call to a provider failed: the kind of fault.',
  })
  category?: string;

  @ApiPropertyOptional({ description: "… the provider's own code." })
  providerCode?: string;

  @ApiPropertyOptional({ description: "… the provider's id of the call." })
  providerRequestId?: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'string', enum: ['up', 'down'] },
    description: 'When the process is not ready: what it needs, and whether it has it.',
    example: { database: 'up', migrations: 'up', queue: 'down', draining: 'up' },
  })
  indicators?: Record<string, 'up' | 'down'>;
}

/** What a problem may say besides what every problem says. */
export interface ProblemExtras {
  readonly members?: Pick<
    Problem,
    'category' | 'providerCode' | 'providerRequestId' | 'indicators'
  >;
  /** When another try makes sense; for 429 and 503. */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** A problem that says more than its status and its words. */
export class ProblemException extends HttpException {
  readonly members: ProblemExtras['members'];
  readonly retryAfterMs: number | undefined;

  constructor(status: number, detail: string, { members, retryAfterMs, cause }: ProblemExtras) {
    super(detail, status, { cause });
    this.members = members;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Bad input: a 400 that names the fields. */
export class InvalidInput extends HttpException {
  constructor(readonly errors: FieldProblem[]) {
    const [first] = errors;
    const detail = first ? `${first.pointer || 'The body'} ${first.message}.` : 'Invalid input.';
    super(errors.length > 1 ? `${detail} (${errors.length} problems)` : detail, 400);
  }

  static field(pointer: string, message: string): InvalidInput {
    return new InvalidInput([{ pointer, message }]);
  }
}

export function titleOf(status: number): string {
  return STATUS_CODES[status] ?? 'Error';
}
