import { hash } from 'node:crypto';

import {
  GetFoundationModelCommand,
  GetInferenceProfileCommand,
  GetProvisionedModelThroughputCommand,
  ListInferenceProfilesCommand,
  type BedrockClient,
} from '@aws-sdk/client-bedrock';

import type { JsonObject } from '../../../shared/json.js';
import type { Egress } from '../../egress.js';
import { InferenceError } from '../../inference-error.js';
import {
  readFoundationModel,
  readProfile,
  readProfilePage,
  readThroughput,
  type FoundationModel,
  type InferenceProfile,
  type ProfileType,
  type ProvisionedThroughput,
} from './control-plane-answers.js';
import { ask, type ControlPlaneCaller } from './control-plane-call.js';
import { KeptAnswers } from './kept-answers.js';

const KEEP_MS = 10 * 60_000;
const TIMEOUT_MS = 10_000;
/** The largest page that Bedrock gives (API Reference, "ListInferenceProfiles"). */
const PAGE_SIZE = 1_000;
const MAX_PAGES = 20;

export interface ControlPlaneOptions {
  /** For one request; default 10 s. */
  readonly timeoutMs?: number;
  /** How long an answer is kept; default 10 minutes. */
  readonly keepMs?: number;
}

/**
 * Asks Bedrock's control plane what it has in a region. Answers are kept in memory for each account
 * key and region; every method rejects with InferenceError.
 */
export class ControlPlane {
  private readonly timeoutMs: number;
  private readonly lists: KeptAnswers<readonly InferenceProfile[]>;
  private readonly profiles: KeptAnswers<InferenceProfile>;
  private readonly models: KeptAnswers<FoundationModel>;
  private readonly throughputs: KeptAnswers<ProvisionedThroughput>;

  constructor(
    private readonly egress: Egress,
    { timeoutMs = TIMEOUT_MS, keepMs = KEEP_MS }: ControlPlaneOptions = {},
  ) {
    this.timeoutMs = timeoutMs;
    this.lists = new KeptAnswers(keepMs);
    this.profiles = new KeptAnswers(keepMs);
    this.models = new KeptAnswers(keepMs);
    this.throughputs = new KeptAnswers(keepMs);
  }

  /** Every profile of the type that can be called from the region: one request for each page. */
  listInferenceProfiles(
    caller: ControlPlaneCaller,
    region: string,
    type: ProfileType,
  ): Promise<readonly InferenceProfile[]> {
    return this.lists.get(keyOf(caller, region, type), async () => {
      const profiles: InferenceProfile[] = [];
      let nextToken: string | null = null;
      for (let page = 0; page < MAX_PAGES; page++) {
        const command: ListInferenceProfilesCommand = new ListInferenceProfilesCommand({
          typeEquals: type,
          maxResults: PAGE_SIZE,
          ...(nextToken === null ? {} : { nextToken }),
        });
        const send = (client: BedrockClient) => client.send(command);
        const found = await this.ask(caller, region, send, readProfilePage);
        profiles.push(...found.profiles);
        nextToken = found.nextToken;
        if (nextToken === null) return profiles;
      }
      throw new InferenceError(
        'PROTOCOL_ERROR',
        `${caller.providerSlug} lists more than ${String(MAX_PAGES)} pages of inference profiles.`,
      );
    });
  }

  /** @param id of a profile, or its ARN */
  getInferenceProfile(
    caller: ControlPlaneCaller,
    region: string,
    id: string,
  ): Promise<InferenceProfile> {
    const command = new GetInferenceProfileCommand({ inferenceProfileIdentifier: id });
    return this.profiles.get(keyOf(caller, region, id), () =>
      this.ask(caller, region, (client) => client.send(command), readProfile),
    );
  }

  /** @param id of a foundation model, or its ARN */
  getFoundationModel(
    caller: ControlPlaneCaller,
    region: string,
    id: string,
  ): Promise<FoundationModel> {
    const command = new GetFoundationModelCommand({ modelIdentifier: id });
    return this.models.get(keyOf(caller, region, id), () =>
      this.ask(caller, region, (client) => client.send(command), readFoundationModel),
    );
  }

  getProvisionedModelThroughput(
    caller: ControlPlaneCaller,
    region: string,
    arn: string,
  ): Promise<ProvisionedThroughput> {
    const command = new GetProvisionedModelThroughputCommand({ provisionedModelId: arn });
    return this.throughputs.get(keyOf(caller, region, arn), () =>
      this.ask(caller, region, (client) => client.send(command), readThroughput),
    );
  }

  private ask<T>(
    caller: ControlPlaneCaller,
    region: string,
    send: (client: BedrockClient) => Promise<unknown>,
    read: (body: JsonObject) => T,
  ): Promise<T> {
    const { egress, timeoutMs } = this;
    return ask({ egress, timeoutMs, caller, region, send, read });
  }
}

function keyOf({ credentials, baseUrl }: ControlPlaneCaller, region: string, what: string): string {
  // The secret, too: who merely knows another's key id is to be told nothing.
  const account = hash('sha256', JSON.stringify(credentials));
  return JSON.stringify([account, baseUrl, region, what]);
}
