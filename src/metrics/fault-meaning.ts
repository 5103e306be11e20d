import type { ProviderCall } from '../inference/provider-call.event.js';

/**
 * What it says of a deployment that something failed: that it is at `fault`, that it, or its
 * account, is `throttled`, or `nothing`, since what was asked or this service is to blame.
 */
export type FaultMeaning = 'fault' | 'throttled' | 'nothing';

/** Why calls fail, and why runs come to no verdict. */
type FaultCategory = NonNullable<ProviderCall['category']>;

const MEANINGS: Readonly<Record<FaultCategory, FaultMeaning>> = {
  AUTHENTICATION_ERROR: 'fault',
  PERMISSION_ERROR: 'fault',
  ACCESS_PENDING: 'fault',
  CONFIGURATION_ERROR: 'fault',
  PROVISIONING_REQUIRED: 'fault',
  MODEL_LIFECYCLE: 'fault',
  UNAVAILABLE: 'fault',
  PROVIDER_ERROR: 'fault',
  TIMEOUT: 'fault',
  NETWORK_ERROR: 'fault',
  QUALITY_ISSUE: 'fault',
  PROTOCOL_ERROR: 'fault',
  UNKNOWN_ERROR: 'fault',
  RATE_LIMIT: 'throttled',
  QUOTA_EXHAUSTED: 'throttled',
  CAPABILITY_UNSUPPORTED: 'nothing',
  PARAMETER_UNSUPPORTED: 'nothing',
  CONTEXT_LIMIT: 'nothing',
  CONTENT_FILTERED: 'nothing',
  BUDGET_EXCEEDED: 'nothing',
  INTERNAL_ERROR: 'nothing',
  CANCELLED: 'nothing',
};

/** By the category of what failed; null: it has none. */
export function meaningOf(category: string | null): FaultMeaning {
  return isKnown(category) ? MEANINGS[category] : 'fault';
}

function isKnown(category: string | null): category is FaultCategory {
  return category !== null && Object.hasOwn(MEANINGS, category);
}
