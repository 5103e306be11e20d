import type { Row } from '../refusal.js';

const UNSUPPORTED = [
  'unsupportedparameter',
  'unsupportedvalue',
  'unknownparameter',
  'extraforbidden',
];
const UNSUPPORTED_WORDS =
  /unsupported (?:parameter|value):|unknown parameter:|\bunknown field [`'"‘“]|unrecognized request arguments? supplied|extra inputs are not permitted|\bproperty [`'"‘“][\w.]+[`'"’”] is unsupported\b|^[`'"‘“][\w.]+[`'"’”] is not supported with this model\b/i;
const OUTPUT_LIMIT = /^max_(?:completion_|output_)?tokens$/;
/** Parameters that are a capability of the model, not a matter of taste. */
const CAPABILITY =
  /^(?:tools?|functions?|tool_choice|function_call|parallel_tool_calls|response_format|stream)\b|^messages\b.*\b(?:image|image_url|content|role)\b/;

/**
 * What each refusal means; the first row that holds decides. Codes and statuses come before words,
 * except where only the words tell two meanings of one code apart.
 */
export const ROWS: readonly Row[] = [
  { category: 'PERMISSION_ERROR', message: /\borganization must be verified\b/i },
  { category: 'MODEL_LIFECYCLE', codes: ['modeldecommissioned', 'modeldeprecated'] },
  { category: 'MODEL_LIFECYCLE', status: 410 },
  {
    category: 'MODEL_LIFECYCLE',
    message:
      /\bmodel [`'"‘]?[\w./:@-]+[`'"’]? (?:has been|is|was) (?:deprecated|decommissioned|retired|shut down)\b/i,
  },
  {
    category: 'PERMISSION_ERROR',
    status: 401,
    codes: ['permissiondenied'],
    hint: 'Azure knows the caller, who lacks a role such as Cognitive Services OpenAI User.',
  },
  { category: 'AUTHENTICATION_ERROR', status: 401 },
  { category: 'AUTHENTICATION_ERROR', codes: ['invalidapikey', 'authenticationerror'] },
  {
    category: 'QUOTA_EXHAUSTED',
    codes: [
      'insufficientquota',
      'insufficientbalance',
      'billinghardlimitreached',
      'billingnotactive',
      'exceededcurrentquotaerror',
      'quotaexceeded',
    ],
  },
  { category: 'QUOTA_EXHAUSTED', status: 402 },
  { category: 'QUOTA_EXHAUSTED', status: 429, message: /\bper day\b|\b(?:TPD|RPD)\b/ },
  { category: 'QUOTA_EXHAUSTED', status: 429, message: /\blimit:? 0\b/i },
  {
    category: 'PROVIDER_ERROR',
    codes: [
      'slowdown',
      'serverisoverloaded',
      'overloadederror',
      'engineoverloadederror',
      'overloaded',
    ],
  },
  { category: 'RATE_LIMIT', codes: ['ratelimitexceeded', 'ratelimiterror'] },
  { category: 'RATE_LIMIT', status: 429 },
  {
    category: 'CONTENT_FILTERED',
    codes: [
      'contentfilter',
      'responsibleaipolicyviolation',
      'contentpolicyviolation',
      'invalidprompt',
      'cyberpolicy',
    ],
  },
  { category: 'CONTENT_FILTERED', status: 403, message: /\binput was flagged\b/i },
  { category: 'PERMISSION_ERROR', status: 403 },
  { category: 'PERMISSION_ERROR', codes: ['unsupportedcountryregionterritory'] },
  {
    category: 'CONTEXT_LIMIT',
    codes: ['contextlengthexceeded', 'exceedcontextsizeerror'],
  },
  { category: 'CONTEXT_LIMIT', codes: ['integerabovemaxvalue'], param: OUTPUT_LIMIT },
  { category: 'CONTEXT_LIMIT', status: 413 },
  { category: 'INTERNAL_ERROR', codes: ['integerbelowminvalue'], param: OUTPUT_LIMIT },
  { category: 'CAPABILITY_UNSUPPORTED', codes: UNSUPPORTED, param: CAPABILITY },
  { category: 'PARAMETER_UNSUPPORTED', codes: UNSUPPORTED },
  {
    category: 'CONFIGURATION_ERROR',
    codes: ['deploymentnotfound'],
    hint: 'Azure goes by the name of the deployment, not of the model; a new one needs five minutes.',
  },
  {
    category: 'CONFIGURATION_ERROR',
    codes: ['modelnotfound', 'unknownmodel'],
    hint: 'The model id is wrong, or this key has no access to it.',
  },
  { category: 'CONFIGURATION_ERROR', codes: ['operationnotsupported'] },
  {
    category: 'CAPABILITY_UNSUPPORTED',
    status: 404,
    message:
      /\bno endpoints found that (?:support (?:tool use|image input|the provided)|can handle the requested parameters)\b/i,
  },
  {
    category: 'CONFIGURATION_ERROR',
    status: 404,
    message: /^resource not found\.?$/i,
    hint: 'The base URL or the version of the API is wrong.',
  },
  { category: 'CONFIGURATION_ERROR', status: 404 },
  { category: 'CONFIGURATION_ERROR', status: 405 },
  { category: 'TIMEOUT', status: 408 },
  {
    category: 'AUTHENTICATION_ERROR',
    status: 400,
    message: /\b(?:API key not valid|incorrect API key provided)\b/i,
  },
  {
    category: 'BUDGET_EXCEEDED',
    message: /could not finish the message because max_tokens or model output limit was reached/i,
    as: 'BUDGET_CONSUMED_BY_REASONING',
  },
  { category: 'INTERNAL_ERROR', status: 400, message: /\bexpected a value >= \d+/i },
  {
    category: 'CONTEXT_LIMIT',
    message:
      /\bmaximum context length is \d+|\bmax_(?:completion_)?tokens[`'"’”]? (?:is too large|must be less than or equal to)\b|\bsupports at most \d+ (?:completion )?tokens\b|\bexceeds the available context size\b/i,
  },
  { category: 'CAPABILITY_UNSUPPORTED', message: UNSUPPORTED_WORDS, param: CAPABILITY },
  { category: 'PARAMETER_UNSUPPORTED', message: UNSUPPORTED_WORDS },
  {
    category: 'CAPABILITY_UNSUPPORTED',
    message:
      /\b(?:does not|doesn['’]t) support (?:tools?|tool use|functions?|function calling|images?|image input|vision|streaming|system messages)\b|\bimage_url is only supported by certain models\b|\bis not a multimodal model\b|\btool choice requires --enable-auto-tool-choice\b|\bimage input is not supported\b/i,
  },
  {
    category: 'CONFIGURATION_ERROR',
    status: 400,
    message: /\bmodel not exist\b|\bis not a valid model id\b|\bAPI version not supported\b/i,
  },
  { category: 'PROVIDER_ERROR', codes: ['servererror', 'internalservererror'] },
  { category: 'PROVIDER_ERROR', status: '5xx' },
];
