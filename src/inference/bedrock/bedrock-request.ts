import type {
  ConverseCommandInput,
  InferenceConfiguration,
  OutputFormat,
  Tool,
  ToolChoice as Choice,
} from '@aws-sdk/client-bedrock-runtime';
import type { InferenceRequest, ResponseSchema, ToolChoice, ToolDefinition } from '../adapter.js';
import { InferenceError } from '../inference-error.js';
import { hasToolBlocks, toTurns } from './bedrock-messages.js';
import { toDocument } from './document.js';
import { vendorModel } from './vendors/index.js';
import type { ReasoningSwitch } from './vendors/vendor-quirks.js';

/**
 * The request as Converse and ConverseStream take it; nothing that was not asked for is in it.
 *
 * @throws InferenceError PARAMETER_UNSUPPORTED when no way is known to switch reasoning on
 */
export function toConverse(request: InferenceRequest, modelId: string): ConverseCommandInput {
  const { system, messages, responseSchema } = request;
  const reasoning = reasoningSwitch(request, modelId);
  const inferenceConfig = toInferenceConfig(request, reasoning);
  return {
    modelId,
    messages: toTurns(messages),
    ...(system === undefined ? {} : { system: [{ text: system }] }),
    ...(Object.keys(inferenceConfig).length === 0 ? {} : { inferenceConfig }),
    ...toolConfig(request),
    ...(reasoning?.fields && { additionalModelRequestFields: { ...reasoning.fields } }),
    ...(responseSchema && { outputConfig: { textFormat: toTextFormat(responseSchema) } }),
  };
}

function toInferenceConfig(
  { maxOutputTokens, temperature, topP, stop }: InferenceRequest,
  reasoning: ReasoningSwitch | null,
): InferenceConfiguration {
  return {
    ...(maxOutputTokens === undefined || reasoning?.withoutOutputLimit === true
      ? {}
      : { maxTokens: maxOutputTokens }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { topP }),
    ...(stop === undefined || stop.length === 0 ? {} : { stopSequences: [...stop] }),
  };
}

function reasoningSwitch(request: InferenceRequest, modelId: string): ReasoningSwitch | null {
  if (request.reasoning === undefined) return null;
  const { model, quirks } = vendorModel(modelId);
  const found = quirks.reasoning?.(model, request.reasoning, request.maxOutputTokens) ?? null;
  if (found !== null) return found;
  throw reasoningUnknown(modelId);
}

/** The error when reasoning is asked of a model that has none, as far as is known. */
export function reasoningUnknown(modelId: string): InferenceError {
  return new InferenceError(
    'PARAMETER_UNSUPPORTED',
    `No way is known to switch on the reasoning of ${modelId} on Bedrock.`,
    { param: 'reasoning' },
  );
}

/** Bedrock has no `none`; but where messages hold tool blocks, the tools must stay. */
function toolConfig({
  tools = [],
  toolChoice,
  messages,
}: InferenceRequest): Pick<ConverseCommandInput, 'toolConfig'> {
  if (tools.length === 0 || (toolChoice === 'none' && !hasToolBlocks(messages))) return {};
  const choice = toChoice(toolChoice);
  return {
    toolConfig: { tools: tools.map(toTool), ...(choice === null ? {} : { toolChoice: choice }) },
  };
}

function toTool({ name, description, parameters }: ToolDefinition): Tool {
  const described = description === '' ? {} : { description }; // an empty one is refused
  return { toolSpec: { name, ...described, inputSchema: { json: toDocument(parameters) } } };
}

function toChoice(choice: ToolChoice | undefined): Choice | null {
  if (choice === undefined || choice === 'none') return null;
  if (choice === 'auto') return { auto: {} };
  return choice === 'required' ? { any: {} } : { tool: { name: choice.name } };
}

function toTextFormat({ name, schema }: ResponseSchema): OutputFormat {
  const jsonSchema = { name, schema: JSON.stringify(schema) };
  return { type: 'json_schema', structure: { jsonSchema } };
}
