import { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import { LRUCache } from 'lru-cache';

import type { AuthorizedTarget, Credentials } from '../adapter.js';
import { allowedUrl } from '../address-guard.js';
import type { Egress } from '../egress.js';
import { InferenceError } from '../inference-error.js';
import { AwsHttpHandler } from './aws-http.js';

const MAX_CLIENTS = 100;
/** As AWS writes them: `us-east-1`, `us-gov-west-1`; it becomes a part of the host's name. */
const REGION = /^[a-z]{2,}(?:-[a-z]+)+-\d{1,2}$/;
type AwsKeys = Extract<Credentials, { readonly kind: 'aws' }>;

/**
 * The SDK's clients. Making one takes about as long as a call, so each is kept for one region, one
 * address and one set of keys; keys that changed find another client, and the old one is forgotten.
 */
export class BedrockClients {
  private readonly handler: AwsHttpHandler;
  private readonly kept = new LRUCache<string, BedrockRuntimeClient>({ max: MAX_CLIENTS });

  constructor(egress: Egress) {
    this.handler = new AwsHttpHandler(egress);
  }

  /** @throws InferenceError CONFIGURATION_ERROR when the target cannot be one of Bedrock */
  for(target: AuthorizedTarget): BedrockRuntimeClient {
    const { region, credentials, providerSlug } = target;
    if (credentials.kind !== 'aws') {
      throw misconfigured(`The provider ${providerSlug} needs AWS credentials.`);
    }
    if (!REGION.test(region)) {
      const words = 'is no AWS region; Bedrock is asked in a region, as us-east-1';
      throw misconfigured(`"${region}" ${words}, even for a model id that begins with global.`);
    }
    const endpoint = endpointOf(target);
    const { accessKeyId, secretAccessKey, sessionToken } = credentials;
    const key = JSON.stringify([region, endpoint, accessKeyId, secretAccessKey, sessionToken]);
    const kept = this.kept.get(key);
    if (kept !== undefined) return kept;
    const client = this.create(region, endpoint, credentials);
    this.kept.set(key, client);
    return client;
  }

  private create(region: string, endpoint: string | null, keys: AwsKeys): BedrockRuntimeClient {
    const { accessKeyId, secretAccessKey, sessionToken } = keys;
    return new BedrockRuntimeClient({
      region,
      credentials: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) },
      requestHandler: this.handler,
      ...(endpoint === null ? { ignoreConfiguredEndpointUrls: true } : { endpoint }),
      // All given, so that the SDK takes none from the environment or from ~/.aws.
      maxAttempts: 1,
      retryMode: 'standard',
      defaultsMode: 'standard',
      authSchemePreference: ['sigv4'],
      useDualstackEndpoint: false,
      useFipsEndpoint: false,
      userAgentAppId: '',
      defaultUserAgentProvider: () => Promise.resolve([['model-catalog']]),
    });
  }
}

/** The address of the target, without the slash that the SDK would double; null: AWS' own. */
function endpointOf({ baseUrl }: AuthorizedTarget): string | null {
  if (baseUrl === null) return null;
  const url = allowedUrl(baseUrl, true); // whether it may be private is for the egress to say
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}${url.search}`;
}

function misconfigured(message: string): InferenceError {
  return new InferenceError('CONFIGURATION_ERROR', message);
}
