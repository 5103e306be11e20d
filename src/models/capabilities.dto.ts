import { BooleanField, IntegerField } from '../shared/http/fields.js';

/** More than any model has; keeps the column an ordinary integer. */
const MAX_TOKENS = 1_000_000_000;

function optionalClaim(description: string) {
  return BooleanField({ description, optional: true });
}

/** What a model is claimed to do. A certification proves or refutes each claim per deployment. */
export class CapabilitiesDto {
  @BooleanField({ description: 'Sends its answer piece by piece.', example: true })
  streaming: boolean;

  @BooleanField({ description: 'Understands images.', example: false })
  vision: boolean;

  @BooleanField({ description: 'Calls functions it is offered.', example: true })
  functionCalling: boolean;

  @IntegerField({
    description: 'Longest input plus output, in tokens.',
    example: 128_000,
    min: 1,
    max: MAX_TOKENS,
  })
  maxContextWindow: number;

  @IntegerField({
    description: 'Longest output, in tokens.',
    example: 16_384,
    min: 1,
    max: MAX_TOKENS,
  })
  maxOutputTokens: number;

  @optionalClaim('Follows a system prompt.')
  systemPrompt?: boolean;

  @optionalClaim('Keeps a conversation of several turns.')
  multiTurn?: boolean;

  @optionalClaim('Stops at stop sequences.')
  stopSequences?: boolean;

  @optionalClaim('Answers by a JSON schema.')
  structuredOutput?: boolean;

  @optionalClaim('Calls functions while streaming.')
  streamingToolUse?: boolean;

  @optionalClaim('Makes several function calls in one turn.')
  parallelToolCalls?: boolean;

  @optionalClaim('Can be made to call a given function.')
  toolChoice?: boolean;

  @optionalClaim('Reasons before it answers.')
  reasoning?: boolean;

  @optionalClaim('Bills repeated prefixes of a prompt at a lower price.')
  promptCaching?: boolean;
}
