import type { InferenceTarget } from '../adapter.js';
import { allowedUrl, hostOf } from '../address-guard.js';
import { InferenceError } from '../inference-error.js';

/** The newest version that is not a preview ("Azure OpenAI API version lifecycle"). */
export const DEFAULT_API_VERSION = '2024-10-21';

/** Azure's public cloud, its US government's and its Chinese one. */
const HOST = /\.(?:openai|cognitiveservices|services\.ai)\.azure\.(?:com|us|cn)$/;

/** Where a deployment is called. */
export interface AzureAddress {
  /** What `/chat/completions` is added to; its query holds the version, if one is sent. */
  readonly base: URL;
  /** Null: none is sent, which only the address that ends in `/v1` allows. */
  readonly apiVersion: string | null;
  /** Whether the address names the deployment; else the body does. */
  readonly namesDeployment: boolean;
}

/** Whether a target is at Azure: by its authentication, its host or its provider's slug. */
export function isAtAzure({ authType, baseUrl, providerSlug }: InferenceTarget): boolean {
  return (
    authType === 'oauth' || /^azure(?:-|$)/.test(providerSlug) || HOST.test(hostOf(baseUrl ?? ''))
  );
}

/**
 * The address of a deployment, made of what people copy from Azure: the resource's address, with
 * or without `/openai`; the one that ends in `/openai/v1`; or the whole address of a deployment.
 *
 * @throws InferenceError CONFIGURATION_ERROR when there is none, or none that may be called
 */
export function azureAddress(target: InferenceTarget): AzureAddress {
  const { baseUrl, modelId, providerSlug } = target;
  if (baseUrl === null) {
    const words = `The provider ${providerSlug} has no base URL: enter https://NAME.openai.azure.com.`;
    throw new InferenceError('CONFIGURATION_ERROR', words);
  }
  const base = allowedUrl(baseUrl, true);
  base.hash = '';
  base.pathname = base.pathname.replace(/\/+$/, '').replace(/\/chat\/completions$/, '');
  const namesDeployment = !base.pathname.endsWith('/v1');
  const asked = target.apiVersion ?? base.searchParams.get('api-version');
  const apiVersion = asked ?? (namesDeployment ? DEFAULT_API_VERSION : null);
  if (apiVersion !== null) base.searchParams.set('api-version', apiVersion);
  if (namesDeployment) base.pathname = deploymentPath(base.pathname, modelId);
  return { base, apiVersion, namesDeployment };
}

function deploymentPath(path: string, modelId: string): string {
  if (path.includes('/deployments/')) return path;
  const root = path.endsWith('/openai') ? path : `${path.replace(/\/$/, '')}/openai`;
  return `${root}/deployments/${encodeURIComponent(modelId)}`;
}
