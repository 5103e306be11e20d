import type { Row } from '../refusal.js';

/** Parameters that are a capability of the model, not a matter of taste. */
const CAPABILITY = /^(?:tools|tool_choice|output_config\.format|output_format|messages\.)/;

/**
 * What each refusal means; the first row that holds decides. Anthropic has few types of error and
 * says the rest in words, so words follow the type they belong to.
 */
export const ROWS: readonly Row[] = [
  { category: 'AUTHENTICATION_ERROR', codes: ['authenticationerror'] },
  { category: 'AUTHENTICATION_ERROR', status: 401 },
  { category: 'PERMISSION_ERROR', codes: ['permissionerror', 'organizationonhold'] },
  { category: 'PERMISSION_ERROR', codes: ['cmekkeydisabled', 'cmekkeynetworkblocked'] },
  { category: 'PERMISSION_ERROR', status: 403 },
  { category: 'QUOTA_EXHAUSTED', codes: ['billingerror'] },
  { category: 'QUOTA_EXHAUSTED', status: 402 },
  {
    category: 'QUOTA_EXHAUSTED',
    codes: ['contractspendlimitreached', 'enforcedspendlimitreached'],
  },
  {
    category: 'QUOTA_EXHAUSTED',
    codes: ['ratelimiterror'],
    message: /\bper day\b|\bdaily rate limit\b/i,
  },
  { category: 'RATE_LIMIT', codes: ['ratelimiterror'] },
  { category: 'RATE_LIMIT', status: 429 },
  { category: 'CONTEXT_LIMIT', codes: ['requesttoolarge'] },
  { category: 'CONTEXT_LIMIT', status: 413 },
  { category: 'TIMEOUT', codes: ['timeouterror'] },
  { category: 'TIMEOUT', status: 504 },
  { category: 'TIMEOUT', status: 408 },
  { category: 'PROVIDER_ERROR', codes: ['overloadederror', 'apierror'] },
  {
    category: 'CONFIGURATION_ERROR',
    codes: ['notfounderror'],
    hint: 'The model id is wrong, or this key has no access to it.',
  },
  { category: 'CONFIGURATION_ERROR', status: 404 },
  { category: 'CONFIGURATION_ERROR', status: 405 },
  {
    category: 'CONFIGURATION_ERROR',
    codes: ['invalidrequesterror'],
    message: /^anthropic-version: /,
  },
  {
    category: 'QUOTA_EXHAUSTED',
    codes: ['invalidrequesterror'],
    message: /\bcredit balance is too low\b|\breached your specified API usage limits\b/i,
  },
  {
    category: 'PERMISSION_ERROR',
    codes: ['invalidrequesterror'],
    message: /\borganization has been disabled\b/i,
  },
  {
    category: 'CONTENT_FILTERED',
    codes: ['invalidrequesterror'],
    message: /\bblocked by content filtering policy\b/i,
  },
  {
    category: 'CONTEXT_LIMIT',
    codes: ['invalidrequesterror'],
    message:
      /\bprompt is too long: \d+ tokens > \d+\b|\bmax_tokens: \d+ > \d+\b|\binput length and `?max_tokens`? exceed context limit\b/i,
  },
  {
    category: 'INTERNAL_ERROR',
    codes: ['invalidrequesterror'],
    message: /\b(?:max_tokens|budget_tokens)\b.*(?:\bgreater than\b|\bfield required\b)/i,
  },
  {
    category: 'CAPABILITY_UNSUPPORTED',
    codes: ['invalidrequesterror'],
    message:
      /\b(?:does not|doesn['’]t) support (?:tools?\b|tool use\b|images?\b|image input\b|vision\b|streaming\b|system prompts?\b|output format\b|structured outputs?\b)/i,
  },
  {
    category: 'CAPABILITY_UNSUPPORTED',
    codes: ['invalidrequesterror'],
    message: /\bextra inputs are not permitted\b/i,
    param: CAPABILITY,
  },
  {
    category: 'PARAMETER_UNSUPPORTED',
    codes: ['invalidrequesterror'],
    message:
      /\bextra inputs are not permitted\b|\bcannot both be specified\b|\bis deprecated for this model\b|\b(?:is not|isn['’]t) supported (?:for|on|by|with) this model\b|\b(?:does not|doesn['’]t) support\b.*\b(?:thinking|effort)\b|\b(?:when|while) thinking is enabled\b|\bthinking may not be enabled\b/i,
  },
  { category: 'PROVIDER_ERROR', status: '5xx' },
];
