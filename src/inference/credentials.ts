import { Injectable } from '@nestjs/common';
import type { defaultProvider } from '@aws-sdk/credential-provider-node';
import type { TokenCredential } from '@azure/identity';

import { Config } from '../shared/config.js';
import { isObject } from '../shared/json.js';
import type { Credentials, InferenceTarget } from './adapter.js';
import { AwsKeysOfUsers, AwsKeysUnreadable } from './aws-keys-of-users.js';
import { InferenceError } from './inference-error.js';

/** What a token for Azure OpenAI is asked for (Microsoft: "Entra ID authentication"). */
const AZURE_SCOPE = 'https://cognitiveservices.azure.com/.default';

/** Finds what a call proves itself with. */
@Injectable()
export class CredentialsResolver {
  /** AWS' own chain: environment, shared files, container, instance. It renews what expires. */
  private aws: Promise<ReturnType<typeof defaultProvider>> | undefined;
  private entra: Promise<TokenCredential> | undefined;

  constructor(
    private readonly config: Config,
    private readonly users: AwsKeysOfUsers,
  ) {}

  /**
   * @throws InferenceError AUTHENTICATION_ERROR that names what is not set; whatever the database
   *   of users' keys fails with
   */
  async resolve({ authType, providerSlug, onBehalfOf }: InferenceTarget): Promise<Credentials> {
    switch (authType) {
      case 'aws_credentials':
        return (await this.awsKeysOf(onBehalfOf)) ?? this.awsKeys();
      case 'oauth':
        return this.entraToken();
      case 'api_key':
        return { kind: 'api_key', apiKey: this.apiKey(providerSlug) };
      default:
        return { kind: 'none' };
    }
  }

  private apiKey(slug: string): string {
    const key = this.config.providerApiKey(slug);
    if (key !== null) return key;
    throw missing(`The environment variable ${Config.apiKeyVariable(slug)} is not set.`);
  }

  private async awsKeysOf(userId: string | undefined): Promise<Credentials | null> {
    if (userId === undefined) return null;
    try {
      const keys = await this.users.of(userId);
      return keys && { kind: 'aws', ...keys };
    } catch (error) {
      if (error instanceof AwsKeysUnreadable) throw missing(error.message, error);
      throw error;
    }
  }

  private async awsKeys(): Promise<Credentials> {
    this.aws ??= awsChain();
    const chain = await this.aws;
    try {
      const { accessKeyId, secretAccessKey, sessionToken } = await chain();
      return {
        kind: 'aws',
        accessKeyId,
        secretAccessKey,
        ...(sessionToken === undefined ? {} : { sessionToken }),
      };
    } catch (error) {
      throw missing(
        'No AWS credentials were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or awsAccessKey and ' +
          "awsSecretKey in the caller's settings.",
        error,
      );
    }
  }

  private async entraToken(): Promise<Credentials> {
    this.entra ??= azureChain();
    const chain = await this.entra;
    try {
      const { token } = (await chain.getToken(AZURE_SCOPE)) ?? { token: '' };
      if (token !== '') return { kind: 'entra', token };
    } catch (error) {
      throw missing(
        'No Microsoft Entra ID token was given: set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET.',
        isObject(error) ? error : undefined,
      );
    }
    throw missing('Microsoft Entra ID gave an empty token.');
  }
}

/** The SDKs that find credentials are loaded when they are needed, like those of the adapters. */
async function awsChain() {
  return (await import('@aws-sdk/credential-provider-node')).defaultProvider();
}

async function azureChain(): Promise<TokenCredential> {
  return new (await import('@azure/identity')).DefaultAzureCredential();
}

/** The texts of the credentials that nobody else may see. */
export function secretsOf(credentials: Credentials): readonly string[] {
  switch (credentials.kind) {
    case 'api_key':
      return [credentials.apiKey];
    case 'entra':
      return [credentials.token];
    case 'aws':
      return [credentials.secretAccessKey, credentials.sessionToken ?? ''].filter(Boolean);
    case 'none':
      return [];
  }
}

function missing(message: string, cause?: unknown): InferenceError {
  return new InferenceError('AUTHENTICATION_ERROR', message, { cause });
}
