import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';

import { CapabilitiesDto } from './capabilities.dto.js';

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
