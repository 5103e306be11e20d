import type { ModelDeployment } from '../../generated/prisma/client.js';
import type { CapabilitiesDto } from '../../models/capabilities.dto.js';
import { InvalidInput, type FieldProblem } from '../../shared/http/problem.js';
import { GLOBAL_REGION, offeredRegions } from '../../shared/region.js';
import type { InvocationInput, ToolChoiceInput } from './invocation-input.dto.js';

/**
 * What must hold between the fields of an input, and between it and the deployment.
 * @returns the region to call
 * @throws InvalidInput naming every field at fault
 */
export function checkInvocation(
  input: InvocationInput,
  { regions }: Pick<ModelDeployment, 'regions'>,
  capabilities: CapabilitiesDto,
): string {
  const own = offeredRegions(regions);
  const region = input.region ?? own[0] ?? GLOBAL_REGION;
  const problems = [
    ...conversation(input),
    ...tools(input),
    ...offered(region, own),
    ...outputLimit(input, capabilities),
  ];
  if (problems.length > 0) throw new InvalidInput(problems);
  return region;
}

function conversation({ prompt, messages }: InvocationInput): FieldProblem[] {
  if ((prompt === undefined) !== (messages === undefined)) return [];
  return prompt === undefined
    ? [{ pointer: '/messages', message: 'must be given, or a prompt in their place' }]
    : [{ pointer: '/prompt', message: 'must be left out when messages are given' }];
}

function tools({ tools: offers = [], toolChoice = 'auto' }: InvocationInput): FieldProblem[] {
  const names = offers.map(({ name }) => name);
  const twice = names.findIndex((name, index) => names.indexOf(name) !== index);
  const choice = problemOfChoice(toolChoice, names);
  return [
    ...(twice < 0 ? [] : [{ pointer: `/tools/${twice}/name`, message: 'must not be given twice' }]),
    ...(choice === null ? [] : [{ pointer: '/toolChoice', message: choice }]),
  ];
}

function problemOfChoice(choice: ToolChoiceInput, names: readonly string[]): string | null {
  if (choice === 'required') return names.length > 0 ? null : 'must not be required without tools';
  if (typeof choice === 'string' || names.includes(choice.name)) return null;
  return 'must be of a tool that tools names';
}

function offered(region: string, regions: readonly string[]): FieldProblem[] {
  if (regions.includes(region)) return [];
  return [{ pointer: '/region', message: `must be one of: ${regions.join(', ')}` }];
}

function outputLimit(
  { maxOutputTokens = 0 }: InvocationInput,
  { maxOutputTokens: most }: CapabilitiesDto,
): FieldProblem[] {
  if (maxOutputTokens <= most) return [];
  return [
    {
      pointer: '/maxOutputTokens',
      message: `must not be greater than ${most}, the model's maxOutputTokens`,
    },
  ];
}
