import OpenAI from 'openai';
import type { AuthorizedTarget } from '../adapter.js';
import { allowedUrl } from '../address-guard.js';
import { headerSecret } from '../header-value.js';
import { InferenceError } from '../inference-error.js';
import { ChatCompletionsAdapter, type Endpoint } from './chat-completions.js';
import { dialectOf } from './dialects.js';
import { CLIENT_OPTIONS } from './client-options.js';

const OPENAI_URL = 'https://api.openai.com/v1';

/** Speaks to OpenAI, and to any address that offers the same. */
export class OpenAiAdapter extends ChatCompletionsAdapter {
  readonly kind = 'openai';

  protected endpointOf(target: AuthorizedTarget): Endpoint {
    const base = baseUrl(target);
    return {
      address: base.href,
      connect: () =>
        new OpenAI({
          ...CLIENT_OPTIONS,
          baseURL: base.origin + base.pathname,
          defaultQuery: Object.fromEntries(base.searchParams),
        }),
      headers: authorization(target),
      dialect: dialectOf(base.hostname, target.providerSlug),
    };
  }
}

function baseUrl({ baseUrl: address, providerSlug }: AuthorizedTarget): URL {
  if (address !== null) return allowedUrl(address, true);
  if (providerSlug === 'openai') return new URL(OPENAI_URL);
  throw new InferenceError('CONFIGURATION_ERROR', `The provider ${providerSlug} has no base URL.`);
}

function authorization(target: AuthorizedTarget): Record<string, string> {
  const { credentials } = target;
  if (credentials.kind !== 'api_key') return {};
  return { authorization: `Bearer ${headerSecret(credentials.apiKey, target)}` };
}
