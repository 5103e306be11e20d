import { ApiProperty } from '@nestjs/swagger';

import type { StopReason } from '../../inference/adapter.js';

const nullable = { nullable: true } as const;
const STOP_REASONS = {
  stop: 'stop',
  length: 'length',
  context: 'context',
  tool_calls: 'tool_calls',
  content_filter: 'content_filter',
  malformed: 'malformed',
  other: 'other',
} as const satisfies Record<Exclude<StopReason, null>, StopReason>;

/** A tool that the model wants called. */
export class ToolCallDto {
  @ApiProperty({ description: 'Empty when the provider sent none.' })
  id: string;

  @ApiProperty({ example: 'get_weather', description: 'Of the tool, as it was offered.' })
  name: string;

  @ApiProperty({
    description: 'JSON text as the model wrote it: not parsed, and perhaps not valid.',
    example: '{"city":"Paris"}',
  })
  arguments: string;
}

/** Tokens as the provider reported them; null: it did not. */
export class InvocationUsageDto {
  @ApiProperty({
    type: Number,
    ...nullable,
    description: "All input, with what was read from the provider's cache or written to it.",
  })
  inputTokens: number | null;

  @ApiProperty({
    type: Number,
    ...nullable,
    description: 'All output, with what the model thought.',
  })
  outputTokens: number | null;

  @ApiProperty({
    type: Number,
    ...nullable,
    description: 'Input and output, by the word of the provider.',
  })
  totalTokens: number | null;

  @ApiProperty({ type: Number, ...nullable, description: 'Of the output, what the model thought.' })
  reasoningTokens: number | null;

  @ApiProperty({ type: Number, ...nullable, description: "Read from the provider's cache." })
  cachedInputTokens: number | null;

  @ApiProperty({ type: Number, ...nullable, description: "Written to the provider's cache." })
  cacheWriteTokens: number | null;
}

/** US dollars by the deployment's prices, exact to 12 significant digits. */
export class InvocationCostDto {
  @ApiProperty({ example: 0.000033, description: 'Of the input, in US dollars.' })
  inputUsd: number;

  @ApiProperty({ example: 0.000105, description: 'Of the output, in US dollars.' })
  outputUsd: number;

  @ApiProperty({ example: 0.000138, description: 'Of both, in US dollars.' })
  totalUsd: number;
}

/** How long the provider took, in milliseconds. */
export class InvocationLatencyDto {
  @ApiProperty({ minimum: 0, description: 'From sending the request to the last byte.' })
  totalMs: number;

  @ApiProperty({
    type: Number,
    ...nullable,
    minimum: 0,
    description: 'To the first text, reasoning or tool call; null: the answer was not streamed.',
  })
  firstTokenMs: number | null;
}

/** What a deployment answered. */
export class InvocationDto {
  @ApiProperty({ format: 'uuid', description: 'Of this invocation.' })
  id: string;

  @ApiProperty({ format: 'uuid', description: 'The deployment (our id).' })
  deploymentId: string;

  @ApiProperty({ description: 'The region asked.', example: 'us-east-1' })
  region: string;

  @ApiProperty({
    type: String,
    ...nullable,
    description: 'The model that answered, by its own word.',
    example: 'gpt-4-turbo-2024-04-09',
  })
  model: string | null;

  @ApiProperty({
    type: String,
    ...nullable,
    description: 'The region that answered, where the provider says so.',
  })
  answeredRegion: string | null;

  @ApiProperty({
    example: 'Paris.',
    description: 'What was answered; empty when the model only thought or called tools.',
  })
  text: string;

  @ApiProperty({ description: 'What the model thought, where the provider shows it; else empty.' })
  reasoning: string;

  @ApiProperty({ type: [ToolCallDto], description: 'In order; empty: none.' })
  toolCalls: ToolCallDto[];

  @ApiProperty({
    type: String,
    enum: STOP_REASONS,
    enumName: 'StopReason',
    ...nullable,
    description: 'Why the model stopped; null: it gave no reason.',
  })
  stopReason: StopReason;

  @ApiProperty({ type: InvocationUsageDto, ...nullable, description: 'Null: none was reported.' })
  usage: InvocationUsageDto | null;

  @ApiProperty({
    type: InvocationCostDto,
    ...nullable,
    description: 'Null: the usage is not known, or reserved throughput is paid by the hour.',
  })
  cost: InvocationCostDto | null;

  @ApiProperty({ type: InvocationLatencyDto, description: 'How long the provider took.' })
  latency: InvocationLatencyDto;

  @ApiProperty({ type: String, ...nullable, description: "The provider's id of the call." })
  requestId: string | null;
}

/** A piece of a tool call: those with the same index belong together, in order. */
export class ToolCallFragmentDto {
  @ApiProperty({ description: 'Which call it is a piece of, from 0.' })
  index: number;

  @ApiProperty({ type: String, ...nullable, description: 'With the first piece.' })
  id: string | null;

  @ApiProperty({ type: String, ...nullable, description: 'With the first piece.' })
  name: string | null;

  @ApiProperty({ description: 'The next part of the arguments.' })
  arguments: string;
}

/** A piece of an answer. */
export class InvocationDeltaDto {
  @ApiProperty({ description: 'The next part of the text; may be empty.', example: 'Par' })
  text: string;

  @ApiProperty({ description: 'The next part of the reasoning; may be empty.' })
  reasoning: string;

  @ApiProperty({ type: [ToolCallFragmentDto], description: 'Pieces of tool calls, in order.' })
  toolCalls: ToolCallFragmentDto[];

  @ApiProperty({ minimum: 0, description: 'Since the request was sent, in milliseconds.' })
  atMs: number;
}
