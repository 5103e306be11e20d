// `npm run demo`: the whole product on a simulated provider, through the public REST API only.
import { randomBytes } from 'node:crypto';

import { Presets, SingleBar } from 'cli-progress';
import Table from 'cli-table3';

import { run } from '../run.js';
import type { Service } from '../service.js';
import { DemoClient, type Row, type Saved } from './demo-client.js';
import { startEmbeddedService } from './embedded-service.js';
import { SIMULATED, startSimulator } from './simulator/simulator.js';

const PROVIDER = 'simulator';
/** The same each time: what the last demo left waiting is tried before the provider is told anew. */
const SIMULATOR_PORT = 4_871;
const once = process.argv.includes('--once');

const CAPABILITIES = {
  streaming: true,
  vision: false,
  functionCalling: true,
  maxContextWindow: 128_000,
  maxOutputTokens: 16_384,
};

/** What each deployment must come out as. */
const EXPECTED: Record<string, string> = {
  [SIMULATED.honest]: 'CERTIFIED',
  [SIMULATED.lying]: 'FAILED',
  [SIMULATED.throttling]: 'QUEUED', // its provider throttles: it tries again later
};

await run(async () => {
  const adminKey = `demo_${randomBytes(24).toString('base64url')}`;
  const env = {
    ...process.env,
    // A catalogue of its own, whatever the surroundings name.
    ...{ DATA_DIR: '.data/demo', DATABASE_URL: undefined, REDIS_URL: undefined },
    ADMIN_API_KEY: adminKey,
    SIMULATOR_API_KEY: 'simulated-key',
  };
  const simulator = await startSimulator(SIMULATOR_PORT).catch(() => startSimulator());
  try {
    const service = await startEmbeddedService(env, console.log);
    const close = async () => {
      await service.close();
      await simulator.stop();
    };
    try {
      const asExpected = await demonstrate(
        new DemoClient(service.url, adminKey),
        simulator.baseUrl,
      );
      if (once) {
        await close();
        process.exit(asExpected ? 0 : 1);
      }
      tellWhatNext(service, adminKey);
      return { close };
    } catch (error) {
      await service.close();
      throw error;
    }
  } catch (error) {
    await simulator.stop();
    throw error;
  }
});

async function demonstrate(client: DemoClient, baseUrl: string): Promise<boolean> {
  console.log('\nRegistering a simulated provider and three deployments …');
  const deployments = await register(client, baseUrl);
  console.log('Certifying them: each probe calls the deployment and checks the answer.\n');
  const bar = new SingleBar(
    { format: '  {bar} {percentage} %', hideCursor: true, noTTYOutput: true, notTTYSchedule: 1000 },
    Presets.shades_classic,
  );
  bar.start(100, 0);
  const runs = await client.certify(deployments, (share) => bar.update(Math.round(share * 100)));
  bar.stop();
  const certifications = await client.all('/api/v2/certifications');
  console.log(`\n${tableOf(deployments, runs, certifications)}\n`);
  return deployments.every(({ id, deploymentId }) => {
    const ended = runs.find((row) => row.deploymentId === id);
    return ended?.status === EXPECTED[String(deploymentId)];
  });
}

async function register(client: DemoClient, baseUrl: string): Promise<Saved[]> {
  const provider = await client.put(
    '/api/v2/providers',
    { name: 'Simulated provider', slug: PROVIDER, baseUrl, authType: 'api_key' },
    'slug',
  );
  const model = await client.put(
    '/api/v2/models',
    { name: 'Simulated Model 1', vendor: 'Simulation', family: 'Sim', capabilities: CAPABILITIES },
    'name',
  );
  const deployments: Saved[] = [];
  for (const deploymentId of Object.values(SIMULATED)) {
    const prices = { costPer1MInput: 3, costPer1MOutput: 15 };
    const body = { baseModelId: model.id, providerId: provider.id, deploymentId, ...prices };
    deployments.push(await client.put('/api/v2/deployments', body, 'deploymentId'));
  }
  return deployments;
}

function tableOf(
  deployments: readonly Saved[],
  runs: readonly Row[],
  certifications: readonly Row[],
) {
  const table = new Table({
    head: ['deployment', 'status', 'rating', 'badge', 'latency', 'cost', 'reason'],
    colWidths: [18, 12, 8, 15, 9, 11, 52],
    wordWrap: true,
    style: { head: [] },
  });
  for (const { id, deploymentId } of deployments) {
    const ended = runs.find((row) => row.deploymentId === id) ?? {};
    const certificate = certifications.find((row) => row.deploymentId === id) ?? {};
    table.push([
      text(deploymentId),
      text(ended.status),
      text(ended.rating),
      text(ended.badge),
      typeof ended.avgLatencyMs === 'number' ? `${ended.avgLatencyMs} ms` : '–',
      typeof ended.costUsd === 'number' ? `$${ended.costUsd.toFixed(6)}` : '–',
      text(ended.errorMessage ?? certificate.lastError),
    ]);
  }
  return table.toString();
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '–';
}

function tellWhatNext({ url }: Service, adminKey: string): void {
  console.log(`The API goes on running at ${url}. Open ${url}/docs and authorize with`);
  console.log(`  ${adminKey}\n`);
  console.log('or repeat a step by hand:');
  const curl = `curl -s -H 'authorization: Bearer ${adminKey}'`;
  console.log(`  ${curl} ${url}/api/v2/deployments`);
  console.log(`  ${curl} ${url}/api/v2/certifications`);
  console.log(
    `  ${curl} -H 'content-type: application/json' -d '{"deploymentId":"<id>"}' ${url}/api/certification-queue`,
  );
  console.log('\nCtrl-C stops it.');
}
