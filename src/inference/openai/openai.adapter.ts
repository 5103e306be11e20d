import OpenAI from 'openai';
import type { AuthorizedTarget, Standing } from '../adapter.js';
import { allowedUrl } from '../address-guard.js';
import { headerSecret } from '../header-value.js';
import { InferenceError } from '../inference-error.js';
import { isObject, parseJson } from '../../shared/json.js';
import { asInferenceError, notUnderstood, speakerOf, type Speaker } from '../speaker.js';
import { ChatCompletionsAdapter, refusedAnswer, type Endpoint } from './chat-completions.js';
import { dialectOf } from './dialects.js';
import { CLIENT_OPTIONS } from './client-options.js';

/** A list of models is small, and nothing depends on it. */
const STANDING_MS = 5_000;
const OPENAI_URL = 'https://api.openai.com/v1';

/** Speaks to OpenAI, and to any address that offers the same. */
export class OpenAiAdapter extends ChatCompletionsAdapter {
  readonly kind = 'openai';

  protected endpointOf(target: AuthorizedTarget): Endpoint {
    const base = baseUrl(target);
    return {
      address: base.href,
      connect: () =>
        new OpenAI({
          ...CLIENT_OPTIONS,
          baseURL: base.origin + base.pathname,
          defaultQuery: Object.fromEntries(base.searchParams),
        }),
      headers: authorization(target),
      dialect: dialectOf(base.hostname, target.providerSlug),
    };
  }

  /**
   * By `GET /models/{id}`. A server that does not list the model may host it all the same.
   * @throws InferenceError when the server does not list the model, or has no list
   */
  async standing(target: AuthorizedTarget, signal: AbortSignal): Promise<Standing> {
    let speaker: Speaker | undefined;
    try {
      const headers = { accept: 'application/json', ...authorization(target) };
      const call = { signal, streamed: false, totalMs: STANDING_MS };
      const answer = await this.egress.fetch(modelUrl(target), { method: 'GET', headers }, call);
      speaker = speakerOf(target, answer);
      const text = await answer.text();
      if (!answer.ok) throw refusedAnswer(text, speaker);
      const model = parseJson(text);
      if (isObject(model) && typeof model.id === 'string') return LISTED;
      throw notUnderstood(speaker, 'NO_MODEL', 'did not answer with a model', text);
    } catch (error) {
      throw asInferenceError(error, target.providerSlug, speaker);
    }
  }
}

const LISTED: Standing = { usable: true, reason: null, lifecycle: null };

function modelUrl(target: AuthorizedTarget): URL {
  const url = new URL(baseUrl(target));
  url.pathname = `${url.pathname.replace(/\/$/, '')}/models/${encodeURIComponent(target.modelId)}`;
  return url;
}

function baseUrl({ baseUrl: address, providerSlug }: AuthorizedTarget): URL {
  if (address !== null) return allowedUrl(address, true);
  if (providerSlug === 'openai') return new URL(OPENAI_URL);
  throw new InferenceError('CONFIGURATION_ERROR', `The provider ${providerSlug} has no base URL.`);
}

function authorization(target: AuthorizedTarget): Record<string, string> {
  const { credentials } = target;
  if (credentials.kind !== 'api_key') return {};
  return { authorization: `Bearer ${headerSecret(credentials.apiKey, target)}` };
}
