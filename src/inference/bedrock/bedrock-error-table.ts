import type { Row } from '../refusal.js';
import { BY_STATUS, THROTTLED, UNAUTHENTICATED } from './aws-error-rows.js';

const VALIDATION = ['validationexception'];
const DENIED = ['accessdeniedexception'];
const NOT_FOUND = ['resourcenotfoundexception'];

/**
 * What each refusal of Bedrock means; the first row that holds decides, and every row goes by the
 * exception or the status first. A ValidationException that no row knows stays unknown: only the
 * same request without the feature can tell what it objects to.
 */
export const ROWS: readonly Row[] = [
  {
    category: 'PROVISIONING_REQUIRED',
    codes: VALIDATION,
    message: /\bwith on-demand throughput isn['’]t supported\b/i,
  },
  {
    category: 'MODEL_LIFECYCLE',
    codes: [...VALIDATION, ...NOT_FOUND, ...DENIED],
    message:
      /\bmarked by provider as Legacy\b|\bhas reached the end of its life\b|\bend[- ]of[- ]life\b/i,
  },
  {
    category: 'CONFIGURATION_ERROR',
    codes: VALIDATION,
    message: /\bprovided model identifier is invalid\b/i,
    hint: 'The model id is wrong, or the region does not offer it.',
  },
  {
    category: 'CAPABILITY_UNSUPPORTED',
    codes: VALIDATION,
    message:
      /\bdoesn['’]t support (?:tool use|system messages|conversation history|documents|the (?:image|document|video|cachePoint) content block)\b/i,
  },
  // A cache point for a model that has no cache is refused as if access were denied.
  {
    category: 'CAPABILITY_UNSUPPORTED',
    codes: DENIED,
    message: /\byour request did not allow prompt caching\b/i,
  },
  {
    category: 'PARAMETER_UNSUPPORTED',
    codes: VALIDATION,
    message:
      /\bdoesn['’]t support the [\w.]+ field\b|\bcannot both be specified\b|\bis deprecated for this model\b|\bextraneous key \[\w+\] is not permitted\b/i,
  },
  {
    category: 'CONTEXT_LIMIT',
    codes: VALIDATION,
    message:
      /\bmaximum tokens you requested exceeds the model limit of \d+|\bmax_tokens: \d+ > \d+, which is the maximum allowed\b/i,
  },
  {
    category: 'CONTEXT_LIMIT',
    codes: VALIDATION,
    message:
      /\binput is too long for requested model\b|\binput tokens exceeded\b|\bprompt is too long: \d+ tokens > \d+ maximum\b/i,
  },
  {
    category: 'PERMISSION_ERROR',
    codes: DENIED,
    message: /\bnot authorized to perform\b/i,
  },
  {
    category: 'ACCESS_PENDING',
    codes: DENIED,
    message: /\bmarketplace (?:subscription|agreement)\b|\bmodel (?:access )?agreement\b/i,
  },
  {
    category: 'PERMISSION_ERROR',
    codes: NOT_FOUND,
    message: /\buse case details have not been submitted\b|\bFTUFormNotFilled\b/i,
  },
  { category: 'CONFIGURATION_ERROR', codes: NOT_FOUND },
  { category: 'QUOTA_EXHAUSTED', codes: THROTTLED, message: /\btoo many tokens per day\b/i },
  { category: 'RATE_LIMIT', codes: THROTTLED },
  // A custom or imported model that is being loaded.
  { category: 'PROVIDER_ERROR', codes: ['modelnotreadyexception'] },
  { category: 'TIMEOUT', codes: ['modeltimeoutexception'] },
  {
    category: 'PROVIDER_ERROR',
    codes: [
      'modelerrorexception',
      'modelstreamerrorexception',
      'internalserverexception',
      'internalfailure',
      'serviceunavailableexception',
      'serviceunavailable',
    ],
  },
  { category: 'QUOTA_EXHAUSTED', codes: ['servicequotaexceededexception'] },
  UNAUTHENTICATED,
  { category: 'PERMISSION_ERROR', codes: DENIED },
  ...BY_STATUS,
];
