import { EventEmitter2 } from '@nestjs/event-emitter';

import { InvocationFinishedEvent } from '../../src/deployments/invoke/invocation-finished.event.js';
import { Config } from '../../src/shared/config.js';
import { KEY, serveBaseline, UNLIMITED } from './children.js';

/** What the service does beside answering: calls that end, each measured by four points. */
export interface Ingestion {
  readonly databaseUrl: string;
  readonly deploymentId: string;
  readonly pointsPerSecond: number;
}

// What Nest injects needs the metadata that only the build writes.
const built = (file: string) => new URL(`../../dist/${file}`, import.meta.url).href;
const { createApp }: typeof import('../../src/app.setup.js') = await import(built('app.setup.js'));
const { ApiKeyService }: typeof import('../../src/auth/keys/api-key.service.js') = await import(
  built('auth/keys/api-key.service.js')
);

const POINTS_OF_CALL = 4;
const STEP_MS = 1;

serveBaseline(isIngestion, async (task) => {
  const config = Config.from({
    ...{ DATABASE_URL: task.databaseUrl, LOG_LEVEL: 'error', ROLE: 'api', HOST: '127.0.0.1' },
    ...UNLIMITED,
  });
  const app = await createApp(config);
  await app.init();
  await app.get(ApiKeyService).setAdminKey(KEY);
  const url = await app.getHttpAdapter().getInstance().listen({ port: 0, host: config.host });
  if (task.pointsPerSecond > 0) ingest(app.get(EventEmitter2), task);
  process.once('SIGTERM', () => void app.close().then(() => process.exit()));
  return url;
});

function ingest(events: EventEmitter2, { deploymentId, pointsPerSecond }: Ingestion): void {
  const began = performance.now();
  let told = 0;
  setInterval(() => {
    const seconds = (performance.now() - began) / 1000;
    for (; told < (seconds * pointsPerSecond) / POINTS_OF_CALL; told += 1) {
      events.emit(InvocationFinishedEvent.NAME, invocation(deploymentId, 100 + (told % 900)));
    }
  }, STEP_MS);
}

/** Each field by its name: what Node 20 makes of `...` is left to the slower collector of garbage. */
function invocation(deploymentId: string, latencyMs: number): InvocationFinishedEvent {
  return new InvocationFinishedEvent({
    id: deploymentId,
    deploymentId,
    providerId: deploymentId,
    baseModelId: deploymentId,
    region: 'us-east-1',
    ok: true,
    category: null,
    refused: false,
    latencyMs,
    firstTokenMs: 30,
    inputTokens: 11,
    outputTokens: 7,
    costUsd: 0.25,
    at: new Date(),
  });
}

function isIngestion(value: unknown): value is Ingestion {
  return (
    typeof value === 'object' &&
    value !== null &&
    'databaseUrl' in value &&
    'deploymentId' in value &&
    'pointsPerSecond' in value
  );
}
