import { AWS_REGION_PATTERN } from '../../../shared/region.js';
import { GEOS } from './geo.js';
import { KNOWN_VENDORS } from './known-vendors.js';

const PARTITIONS = ['aws', 'aws-us-gov', 'aws-cn', 'aws-iso', 'aws-iso-b', 'aws-eusc'] as const;
export type Partition = (typeof PARTITIONS)[number];

/** ARN resources whose id is opaque: only the control plane knows the model behind them. */
const OPAQUE_FORMS = [
  'application-inference-profile',
  'provisioned-model',
  'custom-model-deployment',
  'imported-model',
] as const;
const ROUTER_FORMS = ['prompt-router', 'default-prompt-router'] as const;

interface NoModel {
  readonly geo: null;
  readonly unknownGeo: false;
  readonly vendor: null;
  readonly foundationModelId: null;
  readonly contextVariant: null;
}

interface Model {
  readonly vendor: string;
  /** The id without geographic prefix and context variant. */
  readonly foundationModelId: string;
  /** The suffix as written: `:8k`, `:mm`, `[1m]`. */
  readonly contextVariant: string | null;
}

interface ModelWithoutGeo extends Model {
  readonly geo: null;
  readonly unknownGeo: false;
}

interface ModelWithGeo extends Model {
  readonly geo: string;
  /** The prefix is none of the documented ones; a known vendor after it gives it away. */
  readonly unknownGeo: boolean;
}

interface NoArn {
  readonly partition: null;
  readonly region: null;
  readonly account: null;
}

interface FoundationModelArn {
  readonly partition: Partition;
  /** Null: the ARN leaves it empty. */
  readonly region: string | null;
  readonly account: null;
}

interface AccountArn {
  readonly partition: Partition;
  readonly region: string;
  readonly account: string;
}

/** What the string of a Bedrock model id says; null: it does not say. */
export type BedrockModelId =
  | ({ readonly form: 'foundation-model' } & ModelWithoutGeo & (NoArn | FoundationModelArn))
  | ({ readonly form: 'inference-profile' } & ModelWithGeo & (NoArn | AccountArn))
  | ({ readonly form: 'custom-model' } & (ModelWithoutGeo | NoModel) & AccountArn)
  | ({ readonly form: (typeof OPAQUE_FORMS)[number] } & NoModel & AccountArn)
  | ({ readonly form: (typeof ROUTER_FORMS)[number] } & NoModel & AccountArn);

/** What a model id names: the resource type of its ARN. */
export type ModelIdForm = BedrockModelId['form'];

const NO_ARN: NoArn = { partition: null, region: null, account: null };
const NO_MODEL: NoModel = {
  geo: null,
  unknownGeo: false,
  vendor: null,
  foundationModelId: null,
  contextVariant: null,
};

const MAX_LENGTH = 2048;
const ARN = /^arn:([a-z-]+):bedrock:([a-z0-9-]*):(\d*):([a-z-]+)\/(.+)$/;
const ACCOUNT = /^\d{12}$/;
const RESOURCE_ID = /^[a-z0-9]{12}$/;
const ROUTER_ID = /^[a-zA-Z0-9:.-]+$/;
const CUSTOM_MODEL_ID = /^(?:(.+)\/)?([a-z0-9]{12})$/;
const UNKNOWN_GEO = /^[a-z][a-z0-9-]{0,62}$/;
/** `vendor.model`, a version where there is one, a context variant where there is one. */
const MODEL =
  /^(([a-z][a-z0-9-]{0,62})\.[a-z][a-z0-9-]{0,62}(?:\.[a-z0-9-]{1,63})*(?::\d{1,2})?)((?::[a-z0-9-]{1,63})?(?:\[[a-z0-9]{1,16}\])?)$/;

/**
 * Reads the string sent to Bedrock as `modelId`: a foundation model or system inference profile by
 * id or ARN, or the ARN of any other resource that can be named there. Null when it is none of
 * these. The string is read as it is: spaces and capitals are not forgiven, nothing is rewritten.
 */
export function parseModelId(id: string): BedrockModelId | null {
  if (id.length > MAX_LENGTH) return null;
  if (id.startsWith('arn:')) return parseArn(id);
  const model = parseModel(id);
  if (model === null) return null;
  return model.geo === null
    ? { form: 'foundation-model', ...model, ...NO_ARN }
    : { form: 'inference-profile', ...model, ...NO_ARN };
}

function parseArn(arn: string): BedrockModelId | null {
  const [, partitionText, region = '', account = '', type = '', resource = ''] =
    ARN.exec(arn) ?? [];
  const partition = PARTITIONS.find((known) => known === partitionText);
  if (partition === undefined || (region !== '' && !AWS_REGION_PATTERN.test(region))) return null;
  if (type === 'foundation-model') {
    const model = parseModel(resource);
    if (account !== '' || model?.geo !== null) return null;
    return { form: type, ...model, partition, region: region || null, account: null };
  }
  if (region === '' || !ACCOUNT.test(account)) return null;
  return parseAccountResource(type, resource, { partition, region, account });
}

function parseAccountResource(
  type: string,
  resource: string,
  arn: AccountArn,
): BedrockModelId | null {
  if (type === 'inference-profile') {
    const model = parseModel(resource);
    if (model === null || model.geo === null) return null;
    return { form: type, ...model, ...arn };
  }
  if (type === 'custom-model') {
    const model = parseCustomModel(resource);
    return model && { form: type, ...model, ...arn };
  }
  const opaque = OPAQUE_FORMS.find((form) => form === type);
  if (opaque !== undefined) {
    return RESOURCE_ID.test(resource) ? { form: opaque, ...NO_MODEL, ...arn } : null;
  }
  const router = ROUTER_FORMS.find((form) => form === type);
  return router !== undefined && ROUTER_ID.test(resource)
    ? { form: router, ...NO_MODEL, ...arn }
    : null;
}

/** `base.model/id` for a model customised from a foundation model, otherwise the id alone. */
function parseCustomModel(resource: string): ModelWithoutGeo | NoModel | null {
  const match = CUSTOM_MODEL_ID.exec(resource);
  if (match === null) return null;
  if (match[1] === undefined) return NO_MODEL;
  const model = parseModel(match[1]);
  return model?.geo === null ? model : null;
}

function parseModel(text: string): ModelWithoutGeo | ModelWithGeo | null {
  const geo = geoPrefix(text);
  const rest = geo === null ? text : text.slice(geo.length + 1);
  const [, id, vendor, variant] = MODEL.exec(rest) ?? [];
  if (id === undefined || vendor === undefined || geoPrefix(rest) !== null) return null;
  const model = { vendor, foundationModelId: id, contextVariant: variant || null };
  return geo === null
    ? { geo, unknownGeo: false, ...model }
    : { geo, unknownGeo: !GEOS.has(geo), ...model };
}

/**
 * The geographic prefix of a model id. Dots do not tell: `zai.glm-4.7` has as many as
 * `us.openai.gpt-oss`.
 */
function geoPrefix(text: string): string | null {
  const [first = '', second = ''] = text.split('.', 2);
  if (GEOS.has(first)) return first;
  if (KNOWN_VENDORS.has(first) || !KNOWN_VENDORS.has(second)) return null;
  return UNKNOWN_GEO.test(first) ? first : null;
}
