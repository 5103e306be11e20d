import type { Row } from '../refusal.js';

/**
 * How AWS refuses what it cannot tell the sender of, or not at this time: by every operation alike.
 * Source: the "Common Errors" of the Amazon Bedrock API Reference.
 */
export const UNAUTHENTICATED: Row = {
  category: 'AUTHENTICATION_ERROR',
  codes: [
    'unrecognizedclientexception',
    'invalidsignatureexception',
    'signaturedoesnotmatch',
    'expiredtoken',
    'expiredtokenexception',
    'requestexpired',
    'invalidclienttokenid',
    'incompletesignature',
    'incompletesignatureexception',
    'missingauthenticationtoken',
    'missingauthenticationtokenexception',
    'credentialsprovidererror',
  ],
};

/** How AWS says that too much is asked at once. */
export const THROTTLED: readonly string[] = [
  'throttlingexception',
  'throttling',
  'throttledexception',
  'toomanyrequestsexception',
  'requestlimitexceeded',
  'requestthrottled',
  'requestthrottledexception',
  'provisionedthroughputexceededexception',
];

/** By the status alone: what stands before Bedrock names no exception. */
export const BY_STATUS: readonly Row[] = [
  { category: 'AUTHENTICATION_ERROR', status: 401 },
  { category: 'PERMISSION_ERROR', status: 403 },
  { category: 'CONFIGURATION_ERROR', status: 404 },
  { category: 'TIMEOUT', status: 408 },
  { category: 'RATE_LIMIT', status: 429 },
  { category: 'PROVIDER_ERROR', status: '5xx' },
];
