import { ApiProperty } from '@nestjs/swagger';

import { InvocationUsageDto, ToolCallDto } from '../deployments/invoke/invocation.dto.js';
import { ProbeVerdict } from '../generated/prisma/client.js';
import { CATEGORIES } from '../inference/inference-error.js';

const nullable = { nullable: true } as const;
const number = { type: Number, ...nullable } as const;
const text = { type: String, ...nullable } as const;
const milliseconds = { ...number, minimum: 0 } as const;
const severities = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'];

/** The kinds of fault of a call, and of a run that is given up. */
const categories = [...Object.keys(CATEGORIES), 'WORKER_LOST'];

/** The kind of a fault, and how much it blocks. */
export const CATEGORY = { enum: categories, enumName: 'ErrorCategory', ...nullable };
export const SEVERITY = { enum: severities, enumName: 'ErrorSeverity', ...nullable };

/** What the attempts of a probe came to. */
export class ProbeOutcomeDto {
  @ApiProperty({ description: 'Name of the probe.', example: 'maxContextWindow' })
  probe: string;

  @ApiProperty({ ...text, description: 'The claim it tests; null: none.' })
  claim: string | null;

  @ApiProperty({ enum: ProbeVerdict, enumName: 'ProbeVerdict', description: 'What they showed.' })
  verdict: ProbeVerdict;

  @ApiProperty({ description: 'Whether they did not agree.' })
  flaky: boolean;

  @ApiProperty({ type: 'integer', minimum: 0, description: 'Attempts that were judged.' })
  attempts: number;

  @ApiProperty({ type: 'integer', minimum: 0, description: 'Those of them that passed.' })
  passes: number;

  @ApiProperty({ ...text, description: 'Why it did not simply pass: a code, or a kind of fault.' })
  reason: string | null;

  @ApiProperty({ ...text, description: 'The reason in words.' })
  message: string | null;

  @ApiProperty({ type: [String], description: 'What it is reproached with although it passed.' })
  warnings: string[];

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'number', nullable: true },
    ...nullable,
    description:
      'What it measured. maxContextWindow: `contextVerifiedTo` and `observedMaxContext`; ' +
      'maxOutputTokens: `observedMaxOutput` and `limitEnforced` (1 or 0); promptCaching: ' +
      '`cacheWriteTokens` and `cachedInputTokens`, all in tokens; the latency sample: as `metrics` ' +
      'of the certification. Null: nothing.',
  })
  metrics: unknown;
}

/** Why a verdict is not a better one. */
export class FailureReasonDto {
  @ApiProperty({ description: 'Name of the probe, or what else is at fault: `region`, a claim.' })
  probe: string;

  @ApiProperty({ description: 'What the probe showed; WARNING: it passed, but.' })
  verdict: string;

  @ApiProperty({ ...text, description: 'A code of the probe, or the kind of fault.' })
  reason: string | null;

  @ApiProperty({ ...text, description: 'The reason in words.' })
  message: string | null;

  @ApiProperty({ ...CATEGORY, description: 'Kind of the fault; null: it is none.' })
  category: string | null;

  @ApiProperty({ ...text, description: "The provider's id of the call; null: it gave none." })
  requestId: string | null;
}

/** A latency sample: answers of about 200 tokens, one after the other. */
export class LatencySampleDto {
  @ApiProperty({ type: 'integer', description: 'Answers it consists of.', required: false })
  samples?: number;

  @ApiProperty({ description: 'Mean time of a whole answer, in milliseconds.', required: false })
  meanMs?: number;

  @ApiProperty({ description: 'Its median.', required: false })
  p50Ms?: number;

  @ApiProperty({ description: 'The longest.', required: false })
  maxMs?: number;

  @ApiProperty({
    ...milliseconds,
    description: 'Median time to the first token; null: the answers were not streamed.',
    required: false,
  })
  ttftP50Ms?: number | null;

  @ApiProperty({ ...milliseconds, description: 'The longest of these.', required: false })
  ttftMaxMs?: number | null;

  @ApiProperty({ ...number, description: 'Null: no usage was reported.', required: false })
  outputTokensPerSecond?: number | null;
}

/** A try of a request that failed. */
export class FaultDto {
  @ApiProperty({ ...CATEGORY, nullable: false, description: 'Its kind.' })
  category: string;

  @ApiProperty({ ...number, description: 'HTTP status; null: there was no answer.' })
  status: number | null;

  @ApiProperty({ ...text, description: "The provider's own code." })
  code: string | null;

  @ApiProperty({ ...text, description: 'The parameter that the provider objects to.' })
  param: string | null;

  @ApiProperty({ ...text, description: "The provider's id of the call." })
  requestId: string | null;

  @ApiProperty({ description: 'What happened, without secrets.' })
  message: string;

  @ApiProperty({ ...milliseconds, description: 'What the provider asked to wait.' })
  retryAfterMs: number | null;

  @ApiProperty({ minimum: 0, description: 'Milliseconds waited before the next try.' })
  waitedMs: number;
}

/** Tokens that a request was charged for. */
export class ChargedTokensDto {
  @ApiProperty({ description: 'Of the input.' })
  inputTokens: number;

  @ApiProperty({ description: 'Of the output.' })
  outputTokens: number;
}

/** One request of a probe and what became of it; long texts are cut. */
export class ExchangeDto {
  @ApiProperty({ description: 'What the request was for.' })
  label: string;

  @ApiProperty({ description: 'Whether the answer was to be streamed.' })
  streamed: boolean;

  @ApiProperty({ description: 'The last message sent.' })
  asked: string;

  @ApiProperty({ type: [String], description: 'Names of the tools offered.' })
  tools: string[];

  @ApiProperty({
    type: [FaultDto],
    description: 'Every try that failed; the last one for good when there is no answer.',
  })
  faults: FaultDto[];

  @ApiProperty({ ...text, description: 'Parameter that had to be called otherwise; null: none.' })
  adapted: string | null;

  @ApiProperty({ description: 'Whether there was an answer.' })
  answered: boolean;

  @ApiProperty({ description: 'What was answered.' })
  text: string;

  @ApiProperty({ type: [ToolCallDto], description: 'The first ten.' })
  toolCalls: ToolCallDto[];

  @ApiProperty({ ...text, description: 'Why the model stopped; null: it gave no reason.' })
  stopReason: string | null;

  @ApiProperty({ type: InvocationUsageDto, ...nullable, description: 'Null: none was reported.' })
  usage: InvocationUsageDto | null;

  @ApiProperty({
    type: ChargedTokensDto,
    description: 'What it costs; absent without an answer.',
    required: false,
  })
  charged?: ChargedTokensDto;

  @ApiProperty({ ...text, description: 'The model that answered, by its own word.' })
  model: string | null;

  @ApiProperty({ ...text, description: 'The region that answered, where the provider says so.' })
  region: string | null;

  @ApiProperty({ ...text, description: "The provider's id of the call." })
  requestId: string | null;

  @ApiProperty({ ...milliseconds, description: 'Time of the try that was answered.' })
  totalMs: number | null;

  @ApiProperty({ ...milliseconds, description: 'To its first token; null: it was not streamed.' })
  firstTokenMs: number | null;

  @ApiProperty({ ...number, description: 'Events of a stream.' })
  events: number | null;

  @ApiProperty({ ...text, description: "The provider's payload, as JSON text." })
  raw: string | null;
}
