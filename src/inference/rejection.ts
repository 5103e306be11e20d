import type { InferenceError } from './inference-error.js';

/** Whether a fault means that the provider understood the request and will not do it. */
export function isRejection({ category, status }: InferenceError): boolean {
  switch (category) {
    case 'CAPABILITY_UNSUPPORTED':
    case 'PARAMETER_UNSUPPORTED':
    case 'CONTEXT_LIMIT':
      return true;
    default:
      return category === 'UNKNOWN_ERROR' && (status === 400 || status === 422);
  }
}

/** Whether a fault is the provider's word, not our own decision to stop. */
export function isProviders({ category }: InferenceError): boolean {
  return category !== 'CANCELLED' && category !== 'BUDGET_EXCEEDED';
}
