import { parseObject, stringOrNull, type JsonObject } from '../../../shared/json.js';
import type { Refusal, Row } from '../../refusal.js';
import type { Speaker } from '../../speaker.js';
import { BY_STATUS, THROTTLED, UNAUTHENTICATED } from '../aws-error-rows.js';

const PERMISSIONS =
  'Checking ids needs bedrock:ListInferenceProfiles, GetInferenceProfile, GetFoundationModel and ' +
  'GetProvisionedModelThroughput.';

/**
 * What a refusal of the control plane means; the first row that holds decides. Source: the errors of
 * each operation in the Amazon Bedrock API Reference.
 */
export const ROWS: readonly Row[] = [
  UNAUTHENTICATED,
  { category: 'RATE_LIMIT', codes: THROTTLED },
  { category: 'PERMISSION_ERROR', codes: ['accessdeniedexception'], hint: PERMISSIONS },
  { category: 'CONFIGURATION_ERROR', codes: ['resourcenotfoundexception', 'validationexception'] },
  ...BY_STATUS,
];

/** Codes by which the control plane says that it does not know what it was asked for. */
export const UNKNOWN_ID_CODES: readonly string[] = [
  'ResourceNotFoundException',
  'ValidationException',
];

/** Reads an error answer: its type stands in a header or in the body, with a namespace around it. */
export function readRefusal(text: string, { status, headers }: Speaker): Refusal {
  const body = bodyOf(text);
  const types = [headers.get('x-amzn-errortype'), body.__type, body.code];
  return {
    status,
    codes: types.map(toCode).filter((code) => code !== ''),
    param: null,
    message: stringOrNull(body.message) ?? stringOrNull(body.Message) ?? text,
  };
}

function bodyOf(text: string): JsonObject {
  try {
    return parseObject(text);
  } catch {
    return {};
  }
}

/** `AccessDeniedException` out of `com.amazon.coral.service#AccessDeniedException:http://…`. */
function toCode(type: unknown): string {
  const [name = ''] = stringOrNull(type)?.split(':') ?? [];
  return name.slice(name.lastIndexOf('#') + 1);
}
