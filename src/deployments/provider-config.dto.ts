import type { Prisma } from '../generated/prisma/client.js';
import { JsonField, TextField } from '../shared/http/fields.js';
import { REGION_PATTERN, REGION_RULE } from '../shared/region.js';

/** What only this provider needs to know to find the deployment. */
export class ProviderConfigDto {
  @TextField({
    description:
      'AWS: the ARN that is invoked in place of deploymentId (reserved throughput, a profile).',
    example: 'arn:aws:bedrock:us-east-1:123456789012:provisioned-model/abcdefghij12',
    maxLength: 2048,
    pattern: /^arn:[!-~]+$/,
    rule: 'must be an ARN',
    optional: true,
  })
  arn?: string;

  @TextField({
    description: 'Azure: the resource id of the deployment with reserved throughput.',
    example:
      '/subscriptions/0/resourceGroups/rg/providers/Microsoft.CognitiveServices/accounts/a/deployments/d',
    maxLength: 2048,
    pattern: /^\/subscriptions\/[!-~]+$/,
    rule: 'must be an Azure resource id: /subscriptions/…',
    optional: true,
  })
  resourceId?: string;

  @TextField({
    description: 'How the ids of its inference profiles are built.',
    example: 'us.{modelId}',
    maxLength: 200,
    optional: true,
  })
  profileFormat?: string;

  @TextField({
    description: 'Region that is called whatever region is asked for.',
    example: 'us-east-1',
    maxLength: 63,
    pattern: REGION_PATTERN,
    rule: REGION_RULE,
    optional: true,
  })
  region?: string;

  @TextField({
    description: "Azure: the API's version.",
    example: '2024-10-21',
    maxLength: 50,
    pattern: /^[\w.-]+$/,
    rule: 'must be letters, digits, dots and hyphens',
    optional: true,
  })
  apiVersion?: string;

  @JsonField({ description: 'Whatever else the provider needs, by its names.', optional: true })
  extra?: Prisma.InputJsonObject;
}
