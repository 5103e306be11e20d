import { BedrockClient } from '@aws-sdk/client-bedrock';
import { HttpResponse, type HttpHandler, type HttpRequest } from '@smithy/protocol-http';

import { isObject, parseJson, type JsonObject } from '../../../shared/json.js';
import type { AuthorizedTarget } from '../../adapter.js';
import { hostOf } from '../../address-guard.js';
import type { HeaderReader } from '../../answer.js';
import type { Egress } from '../../egress.js';
import { InferenceError } from '../../inference-error.js';
import { refused } from '../../refusal.js';
import { asInferenceError, notUnderstood, speakerOf, type Speaker } from '../../speaker.js';
import { AwsCall } from '../aws-call.js';
import { awsClientOptions, endpointOf } from '../aws-client-options.js';
import { AwsHttpHandler } from '../aws-http.js';
import { readRefusal, ROWS } from './control-plane-errors.js';

/** Addresses of Bedrock that run models; the control plane lives elsewhere. */
const RUNTIME_HOST = /(?:^|\.)bedrock-runtime(?:-fips)?\./;

/** Who asks the control plane. */
export type ControlPlaneCaller = Pick<AuthorizedTarget, 'providerSlug' | 'baseUrl' | 'credentials'>;

export interface ControlPlaneCall<T> {
  readonly egress: Egress;
  readonly caller: ControlPlaneCaller;
  readonly region: string;
  /** For the whole call. */
  readonly timeoutMs: number;
  /** Lets the SDK write and sign the one request. */
  readonly send: (client: BedrockClient) => Promise<unknown>;
  /** Reads the answer; may throw MalformedAnswer. */
  readonly read: (body: JsonObject) => T;
}

/** Makes one request to the control plane of a region. @throws InferenceError */
export async function ask<T>(call: ControlPlaneCall<T>): Promise<T> {
  const { egress, caller, send, read, timeoutMs } = call;
  let speaker: Speaker | undefined;
  try {
    const exchange = new UnreadExchange(new AwsHttpHandler(egress), timeoutMs);
    await send(clientFor(call, exchange));
    const answer = exchange.answer();
    const body = answer.text;
    speaker = speakerOf(caller, answer);
    if (answer.status >= 300) throw refused(readRefusal(body, speaker), ROWS, speaker);
    const parsed = parseJson(body);
    if (isObject(parsed)) return read(parsed);
    throw notUnderstood(speaker, 'INVALID_JSON', 'did not answer with a JSON object', body);
  } catch (error) {
    throw asInferenceError(error, caller.providerSlug, speaker);
  }
}

interface UnreadAnswer {
  readonly status: number;
  readonly headers: HeaderReader;
  readonly text: string;
}

/** Sends what the SDK wrote, and keeps the answer from it: it would neither check nor bound it. */
class UnreadExchange implements HttpHandler {
  private readonly call: AwsCall;

  constructor(
    private readonly inner: AwsHttpHandler,
    timeoutMs: number,
  ) {
    this.call = new AwsCall(new AbortController().signal, timeoutMs);
  }

  async handle(request: HttpRequest): Promise<{ response: HttpResponse }> {
    await this.inner.handle(request, this.call.options).catch(() => undefined); // told by answer()
    return { response: new HttpResponse({ statusCode: 200, body: new Uint8Array() }) };
  }

  /** @throws what the egress failed with */
  answer(): UnreadAnswer {
    const { answer, fault, text } = this.call;
    if (fault !== null) throw fault.error;
    if (answer === null) throw new Error('Nothing was sent.');
    return { status: answer.status, headers: answer.headers, text };
  }

  updateHttpClientConfig(): void {}

  httpHandlerConfigs(): Record<string, never> {
    return {};
  }
}

function clientFor(
  { caller, region }: ControlPlaneCall<unknown>,
  requestHandler: HttpHandler,
): BedrockClient {
  const { baseUrl, credentials, providerSlug } = caller;
  if (credentials.kind !== 'aws') {
    throw new InferenceError(
      'CONFIGURATION_ERROR',
      `The provider ${providerSlug} is not called with AWS credentials, which the control plane needs.`,
    );
  }
  const atRuntime = baseUrl === null || RUNTIME_HOST.test(hostOf(baseUrl));
  const endpoint = atRuntime ? null : endpointOf(baseUrl);
  const options = awsClientOptions({ region, endpoint, keys: credentials, requestHandler });
  return new BedrockClient(options);
}
