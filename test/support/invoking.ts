import { MODEL } from './samples.js';
import { Rows } from './rows.js';
import { eventsOf, type StreamedEvent } from './contract.js';
import type { ScriptedProvider } from './scripted-provider.js';
import type { Answer, ServiceClient, TestService } from './service.js';

/** A prompt and nothing else. */
export const HELLO = { prompt: 'hello' };

/** A provider's call ends so soon, in milliseconds, when the client that waits for it goes away. */
export const AT_ONCE_MS = 100;

let count = 0;

/** Adds a deployment at a scripted provider, with a provider and a model of its own. */
export async function deployAt(
  service: TestService,
  { url }: ScriptedProvider,
  deployment: object = {},
  model: object = {},
  account: { slug: string; authType: string } | null = null,
): Promise<{ id: string; providerId: string; baseModelId: string }> {
  const rows = new Rows(service);
  const slug = account?.slug ?? `scripted-${++count}`;
  const authType = account?.authType ?? null;
  const providerId = await rows.provider(slug, { baseUrl: url, authType });
  const baseModelId = await rows.model(`Model of ${slug}`, {
    ...MODEL,
    name: `Of ${slug}`,
    ...model,
  });
  return {
    id: await rows.deployment(baseModelId, providerId, 'm-1', deployment),
    providerId,
    baseModelId,
  };
}

export function invoke(
  service: ServiceClient,
  id: string,
  body: object = HELLO,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return service.call('POST', `/api/v2/deployments/${id}/invoke`, body, undefined, headers);
}

/** Like `invoke`, with the answer as events. */
export async function invokeStreaming(
  service: ServiceClient,
  id: string,
  body: object = HELLO,
): Promise<{ answer: Answer; events: StreamedEvent[] }> {
  const answer = await invoke(service, id, { ...body, stream: true });
  return { answer, events: answer.status === 200 ? eventsOf(answer.text) : [] };
}
