import type { Prisma } from '../generated/prisma/client.js';
import { EnumField, IntegerField, JsonField, NumberField } from '../shared/http/fields.js';
import { TextListField } from '../shared/http/list-fields.js';

/** How much a model may be asked to think before it answers. */
export const REASONING_EFFORTS = { low: 'low', medium: 'medium', high: 'high' } as const;

/** Parameters of a request to a model. */
export class ParamsDto {
  @NumberField({
    description: 'Randomness of the answer.',
    example: 0.7,
    min: 0,
    max: 2,
    optional: true,
  })
  temperature?: number;

  @NumberField({
    description: 'Share of the probability mass tokens are drawn from.',
    example: 0.9,
    min: 0,
    max: 1,
    optional: true,
  })
  topP?: number;

  @IntegerField({
    description: 'How many of the likeliest tokens are drawn from.',
    min: 1,
    max: 1_000_000,
    optional: true,
  })
  topK?: number;

  @IntegerField({
    description: 'Longest answer, in tokens.',
    example: 4096,
    min: 1,
    max: 1_000_000_000,
    optional: true,
  })
  maxTokens?: number;

  @NumberField({
    description: 'How much a token is avoided the more often it was used.',
    min: -2,
    max: 2,
    optional: true,
  })
  frequencyPenalty?: number;

  @NumberField({
    description: 'How much a token is avoided once it was used.',
    min: -2,
    max: 2,
    optional: true,
  })
  presencePenalty?: number;

  @TextListField({
    description: 'Where the answer ends.',
    maxItems: 16,
    maxLength: 200,
    optional: true,
  })
  stopSequences?: string[];

  @EnumField({
    description: 'How much the model thinks before it answers.',
    values: REASONING_EFFORTS,
    name: 'ReasoningEffort',
    optional: true,
  })
  reasoning?: keyof typeof REASONING_EFFORTS;

  @JsonField({
    description: "A provider's own parameters, by its names.",
    example: { safePrompt: true },
    optional: true,
  })
  extra?: Prisma.InputJsonObject;
}
