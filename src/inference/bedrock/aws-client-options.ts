import type { HttpHandler } from '@smithy/protocol-http';

import type { Credentials } from '../adapter.js';
import { allowedUrl } from '../address-guard.js';

export type AwsKeys = Extract<Credentials, { readonly kind: 'aws' }>;

export interface AwsClientOptions {
  readonly region: string;
  /** Null: AWS' own address. */
  readonly endpoint: string | null;
  readonly keys: AwsKeys;
  readonly requestHandler: HttpHandler;
}

/** The options of every client of AWS' SDK. */
export function awsClientOptions({ region, endpoint, keys, requestHandler }: AwsClientOptions) {
  const { accessKeyId, secretAccessKey, sessionToken } = keys;
  return {
    region,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) },
    requestHandler,
    ...(endpoint === null ? { ignoreConfiguredEndpointUrls: true } : { endpoint }),
    // All given, so that the SDK takes none from the environment or from ~/.aws.
    maxAttempts: 1,
    retryMode: 'standard',
    defaultsMode: 'standard' as const,
    authSchemePreference: ['sigv4'],
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    userAgentAppId: '',
    defaultUserAgentProvider: () => Promise.resolve<[string][]>([['model-catalog']]),
  };
}

/** An address without the slash that the SDK would double. @throws InferenceError */
export function endpointOf(baseUrl: string): string {
  const url = allowedUrl(baseUrl, true); // whether it may be private is for the egress to say
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}${url.search}`;
}
