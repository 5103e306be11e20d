import { ValidateBy } from 'class-validator';

import type { Prisma } from '../../generated/prisma/client.js';
import type { ReasoningEffort } from '../../inference/adapter.js';
import { REASONING_EFFORTS } from '../../models/params.dto.js';
import { field } from '../../shared/http/field.js';

import {
  BooleanField,
  EnumField,
  IntegerField,
  JsonField,
  NumberField,
  ObjectField,
  RegionField,
  TextField,
} from '../../shared/http/fields.js';
import { ObjectListField, TextListField } from '../../shared/http/list-fields.js';
import { isObject } from '../../shared/json.js';
import {
  MESSAGE_KINDS,
  type AssistantMessage,
  type ToolMessage,
  type UserMessage,
} from './message.dto.js';
import { KindListField, ProseField } from './prompt-fields.js';
import { MAX_CALL_MS } from './call-time.js';

const NAME = { pattern: /^[\w-]{1,64}$/, rule: 'must be letters, digits, _ and -', maxLength: 64 };
const SCHEMA = { maxDepth: 24, maxLength: 100_000 };
const BY_DEFAULT = "left out: the deployment's customParams, else the model's defaultParams.";

/** A tool that the model may call. */
export class ToolInput {
  @TextField({ description: 'Its name.', example: 'get_weather', ...NAME })
  name: string;

  @ProseField({ description: 'What it does.', minLength: 0, maxLength: 10_000, default: '' })
  description: string = '';

  @JsonField({
    description: 'JSON schema of its arguments.',
    example: { type: 'object', properties: { city: { type: 'string' } } },
    ...SCHEMA,
  })
  parameters: Prisma.InputJsonObject;
}

/** The JSON that the answer has to be. */
export class ResponseSchemaInput {
  @TextField({ description: 'Its name.', default: 'answer', ...NAME })
  name: string = 'answer';

  @JsonField({
    description: 'The JSON schema.',
    example: { type: 'object', properties: { capital: { type: 'string' } } },
    ...SCHEMA,
  })
  schema: Prisma.InputJsonObject;
}

export type ToolChoiceInput = 'auto' | 'required' | 'none' | { readonly name: string };

function ToolChoiceField() {
  const words = ['auto', 'required', 'none'];
  const named = {
    type: 'object',
    properties: { name: { type: 'string', minLength: 1, maxLength: NAME.maxLength } },
    required: ['name'],
  };
  return field(
    {
      description: 'Whether a tool is called: the model decides, some, none, or the named one.',
      example: 'auto',
      optional: true,
    },
    { oneOf: [{ type: 'string', enum: words }, named] },
    ValidateBy({
      name: 'toolChoice',
      validator: {
        validate: (value: unknown) =>
          isObject(value)
            ? typeof value.name === 'string' && Object.keys(value).length === 1
            : words.some((word) => word === value),
        defaultMessage: () => '$property must be auto, required, none or { "name": … }',
      },
    }),
  );
}

/** What a deployment is asked: `prompt` or `messages`, and how. */
export class InvocationInput {
  @ProseField({
    description: 'In place of `messages`: what the user says.',
    example: 'What is the capital of France?',
    optional: true,
  })
  prompt?: string;

  @KindListField({
    description: 'The conversation, in order.',
    kinds: MESSAGE_KINDS,
    minItems: 1,
    maxItems: 1_000,
    optional: true,
  })
  messages?: (UserMessage | AssistantMessage | ToolMessage)[];

  @ProseField({ description: 'What the model is told first.', optional: true })
  system?: string;

  @ObjectListField({
    description: 'The tools the model may call; names are distinct.',
    of: ToolInput,
    minItems: 0,
    maxItems: 128,
    optional: true,
  })
  tools?: ToolInput[];

  @ToolChoiceField()
  toolChoice?: ToolChoiceInput;

  @ObjectField({
    description: 'The JSON that the answer has to be.',
    of: ResponseSchemaInput,
    optional: true,
  })
  responseSchema?: ResponseSchemaInput;

  @TextListField({
    description: `Texts that end the answer; ${BY_DEFAULT}`,
    maxItems: 16,
    maxLength: 200,
    optional: true,
  })
  stop?: string[];

  @NumberField({
    description: `Randomness of the answer; ${BY_DEFAULT}`,
    min: 0,
    max: 2,
    optional: true,
  })
  temperature?: number;

  @NumberField({
    description: `Share of the probability mass tokens are drawn from; ${BY_DEFAULT}`,
    min: 0,
    max: 1,
    optional: true,
  })
  topP?: number;

  @IntegerField({
    description: `Longest answer, in tokens, up to what the model is claimed to write; ${BY_DEFAULT}`,
    example: 256,
    min: 1,
    max: 1_000_000_000,
    optional: true,
  })
  maxOutputTokens?: number;

  @EnumField({
    description: `How much the model thinks first; ${BY_DEFAULT}`,
    values: REASONING_EFFORTS,
    name: 'ReasoningEffort',
    optional: true,
  })
  reasoning?: ReasoningEffort;

  @RegionField("One of the deployment's regions; left out: its first, or `global` if it has none.")
  region?: string;

  @BooleanField({
    description:
      'Whether the answer comes piece by piece, as events; left out: as the `Accept` header says.',
    optional: true,
  })
  stream?: boolean;

  @IntegerField({
    description:
      'Time for the whole call, in milliseconds; left out: the setting `PROVIDER_TIMEOUT_SECONDS`.',
    example: 60_000,
    min: 1_000,
    max: MAX_CALL_MS,
    optional: true,
  })
  timeoutMs?: number;
}
