import type { OpenAPIObject } from '@nestjs/swagger';

import { NDJSON } from './deployments/import/import-body.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['post']>;

/** In the place of an id that only the reader knows. */
const ID = '00000000-0000-4000-8000-000000000000';
const YOURS = 'In the example, ids are to be replaced by your own.';

const PASSWORD = 'correct horse battery';
const CAPABILITIES = {
  ...{ streaming: true, vision: true, functionCalling: true },
  ...{ maxContextWindow: 1_047_576, maxOutputTokens: 32_768 },
};
const MODEL = { name: 'GPT-4.1 mini', vendor: 'OpenAI', capabilities: CAPABILITIES };
const PRICED = { deploymentId: 'gpt-4.1-mini', costPer1MInput: 0.4, costPer1MOutput: 1.6 };

/** As little as each body needs, by the name of its schema; of a list, by that of its rows. */
const EXAMPLES: Record<string, object> = {
  LoginInput: { email: 'ann@example.com', password: PASSWORD },
  RefreshTokenInput: { refreshToken: 'the refreshToken of the last answer' },
  PasswordChangeInput: { currentPassword: PASSWORD, newPassword: `another ${PASSWORD}` },
  UserInput: { email: 'ann@example.com', password: PASSWORD },
  UserPatch: { name: 'Ann' },
  ApiKeyInput: { name: 'nightly certifications', role: 'operator' },
  ProviderAccessInput: { providerIds: [ID] },
  SettingsInput: { theme: 'dark' },
  BaseModelInput: MODEL,
  BaseModelPatch: { deprecated: true },
  ProviderInput: { name: 'OpenAI', slug: 'openai', authType: 'api_key' },
  ProviderPatch: { isActive: true },
  ImportRow: { ...MODEL, deployments: [{ provider: 'openai', ...PRICED }] },
  DeploymentInput: { baseModelId: ID, providerId: ID, ...PRICED },
  DeploymentPatch: { rpmLimit: 600 },
  InvocationInput: { prompt: 'What is the capital of France?' },
  CostEstimateInput: { items: [{ deploymentId: ID, inputTokens: 1_000_000 }] },
  CertificationRequest: { deploymentId: ID, profile: 'smoke' },
};

/** Gives the body of an operation, if it has one, an example that can be sent. */
export function showBody({ requestBody }: Operation): void {
  if (!requestBody || '$ref' in requestBody) return;
  for (const [type, media] of Object.entries(requestBody.content)) {
    const { schema } = media;
    if (!schema) continue;
    const isList = 'items' in schema;
    const one = EXAMPLES[nameOf(isList ? schema.items : schema)];
    if (type === NDJSON) {
      // Lines are no list, and what each holds cannot be said here.
      media.schema = { type: 'string', description: 'An `ImportRow` a line, as JSON.' };
      media.example = `${JSON.stringify(one)}\n`;
    } else {
      media.example = isList ? [one] : one;
    }
    if (JSON.stringify(one)?.includes(ID)) requestBody.description = YOURS;
  }
}

function nameOf(schema: unknown): string {
  if (typeof schema !== 'object' || schema === null || !('$ref' in schema)) return '';
  return String(schema.$ref).split('/').at(-1) ?? '';
}
