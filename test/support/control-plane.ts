import { json, type RecordedRequest, type ScriptedAnswer } from './scripted-provider.js';

const ACCOUNT = '123456789012';
export const NOVA_PRO = 'amazon.nova-pro-v1:0';
export const NOVA_LITE = 'amazon.nova-lite-v1:0';
export const SONNET_3_5 = 'anthropic.claude-3-5-sonnet-20240620-v1:0';
export const SONNET_4 = 'anthropic.claude-sonnet-4-20250514-v1:0';
export const SONNET_4_5 = 'anthropic.claude-sonnet-4-5-20250929-v1:0';
export const LLAMA_405B = 'meta.llama3-1-405b-instruct-v1:0';

const US = ['us-east-1', 'us-east-2', 'us-west-2'];
const EU = ['eu-central-1', 'eu-north-1', 'eu-south-1', 'eu-south-2', 'eu-west-1', 'eu-west-3'];
const APAC = ['ap-northeast-1', 'ap-northeast-2', 'ap-south-1', 'ap-southeast-1', 'ap-southeast-2'];
const ANYWHERE = [''];

/**
 * System profiles: id, source region, regions that may answer. A few rows of the tables of the
 * Amazon Bedrock User Guide, "Supported Regions and models for inference profiles", December 2025.
 */
const SYSTEM_PROFILES: Readonly<Record<string, Readonly<Record<string, string[]>>>> = {
  [`us.${SONNET_4_5}`]: {
    'us-east-1': US,
    'us-west-1': [...US, 'us-west-1'],
    'ca-central-1': ['ca-central-1', ...US],
  },
  [`us.${SONNET_4}`]: { 'us-east-1': US },
  [`us.${SONNET_3_5}`]: { 'us-east-2': ['us-east-1', 'us-west-2'] },
  [`us.${LLAMA_405B}`]: { 'us-east-2': US },
  [`us-gov.${SONNET_4_5}`]: { 'us-gov-east-1': ['us-gov-west-1'] },
  [`eu.${SONNET_4_5}`]: { 'eu-west-1': EU, 'eu-west-2': [...EU, 'eu-west-2'] },
  [`eu.${NOVA_PRO}`]: { 'eu-west-1': ['eu-central-1', 'eu-north-1', 'eu-west-1', 'eu-west-3'] },
  [`apac.${SONNET_4}`]: {
    'ap-northeast-1': APAC,
    'ap-southeast-2': APAC,
    'ap-south-1': APAC,
  },
  [`jp.${SONNET_4_5}`]: { 'ap-northeast-1': ['ap-northeast-1', 'ap-northeast-3'] },
  [`au.${SONNET_4_5}`]: { 'ap-southeast-2': ['ap-southeast-2', 'ap-southeast-4'] },
  [`ca.${NOVA_LITE}`]: { 'ca-central-1': ['ca-central-1', 'ca-west-1'] },
  [`global.${SONNET_4}`]: { 'ap-northeast-1': ANYWHERE, 'us-east-1': ANYWHERE },
  [`global.${SONNET_4_5}`]: Object.fromEntries(
    [
      ...['ap-northeast-1', 'ap-southeast-2', 'ap-south-1', 'us-east-1', 'us-west-1'],
      ...['ca-central-1', 'eu-west-1', 'eu-west-2', 'sa-east-1', 'af-south-1'],
    ].map((region) => [region, ANYWHERE]),
  ),
};

/** Where models are served on demand, by "Supported foundation models", November 2025. */
const ON_DEMAND: Readonly<Record<string, string[]>> = {
  [NOVA_PRO]: ['ap-southeast-2', 'eu-west-2', 'us-east-1'],
  [NOVA_LITE]: ['eu-west-2', 'us-east-1'],
  [LLAMA_405B]: ['us-west-2'],
  [SONNET_3_5]: [],
  [SONNET_4]: [],
  [SONNET_4_5]: [],
};

/** An ARN as the control plane of a region writes it. */
export function arnIn(region: string, resource: string): string {
  const partition = region.startsWith('us-gov') ? 'aws-us-gov' : 'aws';
  const account = resource.startsWith('foundation-model/') ? '' : ACCOUNT;
  return `arn:${partition}:bedrock:${region}:${account}:${resource}`;
}

/** A profile as the control plane describes it. */
export function profile(
  region: string,
  id: string,
  models: readonly string[],
  more: object = {},
): object {
  return {
    inferenceProfileName: id,
    inferenceProfileId: id,
    inferenceProfileArn: arnIn(region, `inference-profile/${id}`),
    models: models.map((modelArn) => ({ modelArn })),
    status: 'ACTIVE',
    type: 'SYSTEM_DEFINED',
    createdAt: '2025-01-01T00:00:00Z',
    ...more,
  };
}

/** An application profile over one model in the region. */
export function applicationProfile(region: string, id: string, model: string, more = {}): object {
  return profile(region, id, [arnIn(region, `foundation-model/${model}`)], {
    inferenceProfileArn: arnIn(region, `application-inference-profile/${id}`),
    type: 'APPLICATION',
    ...more,
  });
}

/** A refusal in AWS' form. */
export function refusal(status: number, type: string, message = 'No.'): ScriptedAnswer {
  return json({ message }, status, { 'x-amzn-errortype': `${type}:http://internal/coral/` });
}

/** The region a request is signed for. */
export function regionOf({ headers }: RecordedRequest): string {
  return /Credential=[^/]+\/\d+\/([^/]+)\/bedrock\//.exec(headers.authorization ?? '')?.[1] ?? '';
}

/** The id at the end of a path. */
export function idOf({ path }: RecordedRequest): string {
  const [address = ''] = path.split('?');
  return decodeURIComponent(address.slice(address.lastIndexOf('/') + 1));
}

/** Bedrock's control plane in every region, by the tables above. */
export function controlPlane(request: RecordedRequest): ScriptedAnswer {
  const region = regionOf(request);
  if (request.path.includes('/foundation-models/')) return foundationModel(region, idOf(request));
  if (!/\/inference-profiles\?/.test(request.path)) {
    return refusal(404, 'ResourceNotFoundException', 'It is not there.');
  }
  const system = request.path.includes('type=SYSTEM_DEFINED');
  return json({ inferenceProfileSummaries: system ? systemProfiles(region) : [] });
}

/** The system profiles that can be called from a region. */
function systemProfiles(region: string): object[] {
  return Object.entries(SYSTEM_PROFILES).flatMap(([id, sources]) => {
    const destinations = sources[region];
    if (destinations === undefined) return [];
    const model = `foundation-model/${id.slice(id.indexOf('.') + 1)}`;
    return profile(
      region,
      id,
      destinations.map((destination) => arnIn(destination, model)),
    );
  });
}

function foundationModel(region: string, id: string): ScriptedAnswer {
  const modelId = id.slice(id.lastIndexOf('/') + 1);
  const regions = ON_DEMAND[modelId];
  if (regions === undefined) {
    return refusal(400, 'ValidationException', 'The provided model identifier is invalid.');
  }
  return json({
    modelDetails: {
      modelArn: arnIn(region, `foundation-model/${modelId}`),
      modelId,
      inputModalities: ['TEXT', 'IMAGE'],
      responseStreamingSupported: true,
      inferenceTypesSupported: regions.includes(region) ? ['ON_DEMAND'] : ['INFERENCE_PROFILE'],
      modelLifecycle: { status: modelId === SONNET_3_5 ? 'LEGACY' : 'ACTIVE' },
    },
  });
}
