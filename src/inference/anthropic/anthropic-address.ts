import type { InferenceTarget } from '../adapter.js';
import { allowedUrl, hostOf } from '../address-guard.js';

const HOST = 'api.anthropic.com';

/** Whether a provider is Anthropic, by its address or its name. */
export function isAnthropic({ authType, baseUrl, providerSlug }: InferenceTarget): boolean {
  if (authType !== 'api_key') return false;
  if (/^anthropic(?:-|$)/.test(providerSlug)) return true;
  return hostOf(baseUrl ?? '') === HOST;
}

/**
 * The address before `/v1`, with which many people write it.
 * @throws InferenceError CONFIGURATION_ERROR when it may not be called
 */
export function anthropicAddress({ baseUrl }: InferenceTarget): URL {
  const base = allowedUrl(baseUrl ?? `https://${HOST}`, true);
  base.pathname = base.pathname.replace(/\/(?:v1\/?)?$/, '');
  base.hash = '';
  return base;
}
