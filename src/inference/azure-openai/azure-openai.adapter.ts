import OpenAI, { AzureOpenAI } from 'openai';
import type { AuthorizedTarget } from '../adapter.js';
import { headerSecret } from '../header-value.js';
import { ChatCompletionsAdapter, type Endpoint } from '../openai/chat-completions.js';
import { OPENAI, type Dialect } from '../openai/dialects.js';
import { CLIENT_OPTIONS } from '../openai/client-options.js';
import { azureAddress } from './azure-address.js';

/** `max_completion_tokens` and `stream_options` came with `2024-09-01-preview`. */
const OLD: Dialect = { ...OPENAI, outputLimit: 'max_tokens', streamOptions: false };

/** Speaks to Azure OpenAI: OpenAI's chat completions with other addresses, versions and keys. */
export class AzureOpenAiAdapter extends ChatCompletionsAdapter {
  readonly kind = 'azure-openai';

  protected endpointOf(target: AuthorizedTarget): Endpoint {
    const { base, apiVersion, namesDeployment } = azureAddress(target);
    const options = {
      ...CLIENT_OPTIONS,
      baseURL: base.origin + base.pathname,
      defaultQuery: Object.fromEntries(base.searchParams),
    };
    return {
      address: base.href,
      connect: () =>
        namesDeployment
          ? new AzureOpenAI({ ...options, apiVersion: apiVersion ?? '' })
          : new OpenAI(options),
      headers: authorization(target),
      dialect: isOld(apiVersion) ? OLD : OPENAI,
    };
  }
}

/** Versions are dates, except `v1`'s words. */
function isOld(apiVersion: string | null): boolean {
  return apiVersion !== null && /^\d/.test(apiVersion) && apiVersion < '2024-09-01';
}

function authorization(target: AuthorizedTarget): Record<string, string> {
  const { credentials } = target;
  switch (credentials.kind) {
    case 'api_key':
      return { 'api-key': headerSecret(credentials.apiKey, target) };
    case 'entra':
      return { authorization: `Bearer ${headerSecret(credentials.token, target)}` };
    default:
      return {};
  }
}
