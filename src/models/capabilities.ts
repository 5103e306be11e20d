import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';

import { CapabilitiesDto } from './capabilities.dto.js';

/** The claims a model can make; the two limits are claims of another kind. */
export const CLAIMS = {
  streaming: 'streaming',
  vision: 'vision',
  functionCalling: 'functionCalling',
  systemPrompt: 'systemPrompt',
  multiTurn: 'multiTurn',
  stopSequences: 'stopSequences',
  structuredOutput: 'structuredOutput',
  streamingToolUse: 'streamingToolUse',
  parallelToolCalls: 'parallelToolCalls',
  toolChoice: 'toolChoice',
  reasoning: 'reasoning',
  promptCaching: 'promptCaching',
} as const satisfies Partial<Record<keyof CapabilitiesDto, string>>;

/** Every claim, the two limits included. */
export const ClaimName = {
  ...CLAIMS,
  maxContextWindow: 'maxContextWindow',
  maxOutputTokens: 'maxOutputTokens',
} as const satisfies Record<keyof CapabilitiesDto, string>;
export type ClaimName = keyof typeof ClaimName;

/**
 * The claims in a row's JSON column.
 * @throws Error when the column holds anything else; nothing but this service writes it
 */
export function readCapabilities(json: unknown): CapabilitiesDto {
  const capabilities = plainToInstance(CapabilitiesDto, json);
  const [problem] = validateSync(capabilities);
  if (problem) throw new Error(`Stored capabilities are invalid at ${problem.property}.`);
  return capabilities;
}
