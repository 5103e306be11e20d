import { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import { LRUCache } from 'lru-cache';

import { AWS_REGION_PATTERN } from '../../shared/region.js';
import type { AuthorizedTarget } from '../adapter.js';
import type { Egress } from '../egress.js';
import { InferenceError } from '../inference-error.js';
import { awsClientOptions, endpointOf } from './aws-client-options.js';
import { AwsHttpHandler } from './aws-http.js';

const MAX_CLIENTS = 100;

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
    // It becomes a part of the host's name.
    if (!AWS_REGION_PATTERN.test(region)) {
      const words = 'is no AWS region; Bedrock is asked in a region, as us-east-1';
      throw misconfigured(`"${region}" ${words}, even for a model id that begins with global.`);
    }
    const endpoint = target.baseUrl === null ? null : endpointOf(target.baseUrl);
    const { accessKeyId, secretAccessKey, sessionToken } = credentials;
    const key = JSON.stringify([region, endpoint, accessKeyId, secretAccessKey, sessionToken]);
    const kept = this.kept.get(key);
    if (kept !== undefined) return kept;
    const { handler: requestHandler } = this;
    const options = awsClientOptions({ region, endpoint, keys: credentials, requestHandler });
    const client = new BedrockRuntimeClient(options);
    this.kept.set(key, client);
    return client;
  }
}

function misconfigured(message: string): InferenceError {
  return new InferenceError('CONFIGURATION_ERROR', message);
}
