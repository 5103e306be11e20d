import { isObject, stringOrNull, type JsonObject } from '../../../shared/json.js';
import { safeText } from '../../../shared/secrets/hide-secrets.js';
import { MalformedAnswer } from '../../speaker.js';

const MAX_TEXT = 2048;

export type ProfileType = 'SYSTEM_DEFINED' | 'APPLICATION';

/** An inference profile, as a region of the control plane knows it. */
export interface InferenceProfile {
  readonly id: string;
  readonly arn: string;
  /** Null: a type that this code does not know. */
  readonly type: ProfileType | null;
  readonly active: boolean;
  /** The model in each region that it may send a call to. */
  readonly modelArns: readonly string[];
}

export type Lifecycle = 'ACTIVE' | 'LEGACY';

/** A foundation model, as a region of the control plane knows it. */
export interface FoundationModel {
  /** `ON_DEMAND`, `PROVISIONED`, `INFERENCE_PROFILE`. */
  readonly inferenceTypes: readonly string[];
  /** Null: not said. */
  readonly lifecycle: Lifecycle | null;
}

/** Reserved throughput. */
export interface ProvisionedThroughput {
  /** `Creating`, `InService`, `Updating` or `Failed`. */
  readonly status: string;
  /** What answers: a foundation model, or a custom one made of it. */
  readonly modelArn: string;
  readonly foundationModelArn: string;
}

export interface ProfilePage {
  readonly profiles: readonly InferenceProfile[];
  /** Null: it is the last page. */
  readonly nextToken: string | null;
}

/** @throws MalformedAnswer, like every reader here */
export function readProfilePage(body: JsonObject): ProfilePage {
  const { nextToken } = body;
  if (nextToken !== undefined && nextToken !== null && typeof nextToken !== 'string') {
    throw new MalformedAnswer('the token of the next page is not text');
  }
  const profiles = listOf(body.inferenceProfileSummaries, 'inferenceProfileSummaries');
  return { profiles: profiles.map(readProfile), nextToken: nextToken || null };
}

export function readProfile(value: unknown): InferenceProfile {
  const profile = objectOf(value, 'inference profile');
  const { type } = profile;
  return {
    id: textOf(profile, 'inferenceProfileId'),
    arn: textOf(profile, 'inferenceProfileArn'),
    type: type === 'SYSTEM_DEFINED' || type === 'APPLICATION' ? type : null,
    active: textOf(profile, 'status') === 'ACTIVE',
    modelArns: listOf(profile.models, 'models').map((model) =>
      textOf(objectOf(model, 'model'), 'modelArn'),
    ),
  };
}

export function readFoundationModel(body: JsonObject): FoundationModel {
  const model = objectOf(body.modelDetails, 'modelDetails');
  const status = isObject(model.modelLifecycle) ? model.modelLifecycle.status : null;
  return {
    inferenceTypes: wordsOf(model, 'inferenceTypesSupported'),
    lifecycle: status === 'ACTIVE' || status === 'LEGACY' ? status : null,
  };
}

export function readThroughput(body: JsonObject): ProvisionedThroughput {
  return {
    status: textOf(body, 'status'),
    modelArn: textOf(body, 'modelArn'),
    foundationModelArn: textOf(body, 'foundationModelArn'),
  };
}

function objectOf(value: unknown, what: string): JsonObject {
  if (isObject(value)) return value;
  throw new MalformedAnswer(`${what} is no object`);
}

function listOf(value: unknown, name: string): unknown[] {
  if (Array.isArray(value)) return value;
  throw new MalformedAnswer(`${name} is no list`);
}

function wordsOf(from: JsonObject, name: string): string[] {
  if (from[name] === undefined || from[name] === null) return [];
  return listOf(from[name], name).map((word) => safe(word, name));
}

function textOf(from: JsonObject, name: string): string {
  return safe(from[name], name);
}

function safe(value: unknown, name: string): string {
  const text = stringOrNull(value);
  if (text === null) throw new MalformedAnswer(`${name} is not text`);
  return safeText(text, [], MAX_TEXT);
}
