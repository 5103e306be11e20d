import type { InferenceError } from '../../../src/inference/inference-error.js';
import type { Meaning } from './voice.js';

type Verdict = Pick<InferenceError, 'category' | 'severity' | 'retryClass'>;

/** What must come of each refusal, whoever words it. */
export const MEANINGS: Readonly<Record<Meaning, Verdict>> = {
  'wrong key': { category: 'AUTHENTICATION_ERROR', severity: 'CRITICAL', retryClass: 'never' },
  'no access': { category: 'PERMISSION_ERROR', severity: 'CRITICAL', retryClass: 'never' },
  'unknown model': { category: 'CONFIGURATION_ERROR', severity: 'CRITICAL', retryClass: 'never' },
  'no on-demand': { category: 'PROVISIONING_REQUIRED', severity: 'CRITICAL', retryClass: 'never' },
  'too long': { category: 'CONTEXT_LIMIT', severity: 'HIGH', retryClass: 'never' },
  'too fast': { category: 'RATE_LIMIT', severity: 'MEDIUM', retryClass: 'rate_limit' },
  'used up for today': {
    category: 'QUOTA_EXHAUSTED',
    severity: 'HIGH',
    retryClass: 'after_hours',
  },
  overloaded: { category: 'PROVIDER_ERROR', severity: 'MEDIUM', retryClass: 'transient' },
};

/** What every protocol has words for. */
export const COMMON: readonly Meaning[] = [
  'wrong key',
  'no access',
  'unknown model',
  'too long',
  'too fast',
  'used up for today',
  'overloaded',
];

/** What must come of an answer that nobody can use. */
export const PROTOCOL: Verdict = {
  category: 'PROTOCOL_ERROR',
  severity: 'HIGH',
  retryClass: 'once',
};
