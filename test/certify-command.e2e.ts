import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Result } from '../src/certify/certify-command.js';
import { SIMULATED, startSimulator, type Simulator } from '../src/embedded/simulator/simulator.js';
import { CertifyProcess } from './support/certify-process.js';
import { ChildService } from './support/child-service.js';
import { freePort } from './support/free-port.js';
import { jobBecomes, requestJob } from './support/jobs.js';
import { plainAnswer } from './support/plain-model.js';
import { Rows } from './support/rows.js';
import { UNKNOWN } from './support/samples.js';
import { ScriptedProvider } from './support/scripted-provider.js';
import { TestService } from './support/service.js';
import { readXml } from './support/xml.js';

const HONEST = ['--deployment', SIMULATED.honest];

let catalogue: TestService;
let rows: Rows;
let simulator: Simulator;
let folder: string;

beforeAll(async () => {
  simulator = await startSimulator();
  catalogue = await TestService.start();
  rows = new Rows(catalogue);
  folder = await mkdtemp(join(tmpdir(), 'certify-'));
  for (const deploymentId of Object.values(SIMULATED)) {
    await rows.deployedAt(simulator.baseUrl, deploymentId);
  }
});

afterAll(async () => {
  await catalogue.close();
  await simulator.stop();
  await rm(folder, { recursive: true });
});

function start(...args: string[]): CertifyProcess {
  return new CertifyProcess(catalogue.url, args);
}

async function jsonOf(command: CertifyProcess): Promise<Result> {
  const code = await command.code();
  const result = JSON.parse(command.stdout) as Result;
  expect(result.exitCode, command.stderr).toBe(code);
  return result;
}

describe('The command certify', () => {
  it('exits with 0 for an honest deployment, and shows its certificate', async () => {
    const command = start(...HONEST);
    expect(await command.code(), command.stderr).toBe(0);
    expect(command.stdout).toMatch(/sim-honest-1.*global.*CERTIFIED.*\d\.\d.*PREMIUM.*\$0\.\d+/);
    expect(command.stderr).toContain(`${SIMULATED.honest} in global: PROCESSING`);
    expect(command.stderr).toMatch(/global: CERTIFIED \d\.\d PREMIUM/);
    const again = start(...HONEST);
    expect(await again.code()).toBe(0);
    expect(again.stdout).toContain('CERTIFIED (cached)');
  });

  it('exits with 1 for a liar, names the claim, and says so in both files', async () => {
    const junit = join(folder, 'liar.xml');
    const both = `${SIMULATED.lying},${SIMULATED.honest}`;
    const command = start('--deployments', both, '--junit', junit, '--json');
    const { exitCode, error, runs } = await jsonOf(command);
    expect({ exitCode, error }).toEqual({ exitCode: 1, error: null });
    const liar = runs.find(({ deployment }) => deployment === SIMULATED.lying);
    expect(liar).toMatchObject({ status: 'FAILED', region: 'global', cached: false });
    expect(liar?.refuted).toMatchObject([{ claim: 'functionCalling', reason: 'NO_TOOL_CALL' }]);
    expect(runs.find((run) => run !== liar)).toMatchObject({ status: 'CERTIFIED' });
    const { children } = readXml(await readFile(junit, 'utf8'));
    const suite = children.find(({ attributes }) => attributes.name?.startsWith(SIMULATED.lying));
    const failed = suite?.children.filter((one) => one.children[0]?.name === 'failure');
    const names = failed?.map(({ attributes }) => attributes.name);
    expect(names).toEqual(['functionCalling', 'verdict']);
    expect(failed?.[0]?.children[0]?.attributes.message).toContain('NO_TOOL_CALL');
  });

  it('shows the refuted claim in the table', async () => {
    const command = start('--deployment', SIMULATED.lying, '--profile', 'standard', '--force');
    expect(await command.code()).toBe(1);
    expect(command.stdout).toContain('functionCalling: NO_TOOL_CALL');
  });

  it('exits with 2 for one that is throttled, whether or not it is tried again', async () => {
    const command = start('--deployment', SIMULATED.throttling, '--timeout', '20', '--json');
    const { exitCode, runs } = await jsonOf(command);
    expect(exitCode).toBe(2);
    expect(runs).toMatchObject([{ rating: null, badge: null, refuted: [] }]);
  }, 60_000);

  it('exits with 2 for a run that began before and tests less, and says so', async () => {
    const slow = await ScriptedProvider.start((request) => plainAnswer(request, 2_000));
    const id = await rows.deployedAt(slow.url, 'slow-1');
    const job = await requestJob(catalogue, id); // smoke
    await jobBecomes(catalogue, job, { status: 'PROCESSING' });
    const alone = start('--deployment', id, '--allow-warnings');
    expect(await alone.code()).toBe(2);
    expect(alone.stderr).toContain('profile smoke');
    const both = start('--deployments', `${id},${SIMULATED.honest}`, '--allow-warnings', '--json');
    const { exitCode, error, runs } = await jsonOf(both);
    expect({ exitCode, error }).toEqual({
      exitCode: 2,
      error: expect.stringContaining('ask again: slow-1 in global.'),
    });
    expect(runs).toMatchObject([
      { deployment: SIMULATED.honest, status: 'CERTIFIED', covered: true },
      { deployment: 'slow-1', status: 'QUALITY_WARNING', covered: false },
    ]);
    await slow.close();
  });

  it('exits with 2 when the time is up, shows what is open, and says how to cancel', async () => {
    const silent = await ScriptedProvider.start({ silent: true });
    const id = await rows.deployedAt(silent.url, 'silent-1');
    // Under way before the command starts, which joins it.
    const job = await requestJob(catalogue, id, { profile: 'standard' });
    await jobBecomes(catalogue, job, { status: 'PROCESSING' });
    const command = start('--deployment', id, '--timeout', '3');
    expect(await command.code()).toBe(2);
    expect(command.stderr).toContain('The time is up: 3 s.');
    expect(command.stderr).toContain('curl -X DELETE');
    expect(command.stdout).toMatch(/silent-1.*PROCESSING.*still running/);
    await silent.close();
  });

  it('leaves the runs going when it is interrupted, and says how to cancel', async () => {
    const silent = await ScriptedProvider.start({ silent: true });
    const deploymentId = await rows.deployedAt(silent.url, 'silent-2');
    const command = start('--deployment', deploymentId);
    await command.said('silent-2 in global: PROCESSING');
    command.interrupt();
    expect(await command.code()).toBe(130);
    const [, path = ''] = /curl -X DELETE .*(\/api\/\S+)/.exec(command.stderr) ?? [];
    expect((await catalogue.call('GET', path)).body).toMatchObject({ finished: false });
    expect((await catalogue.call('DELETE', path)).body).toMatchObject({ stopping: 1 });
    await silent.close();
  });

  // A server that ends in peace sends the events to their end first.
  it.each(['SIGKILL', 'SIGTERM'] as const)(
    'goes on when the server is restarted in the middle by %s',
    async (signal) => {
      const port = String(await freePort());
      const first = await ChildService.start(catalogue, { PORT: port });
      const command = new CertifyProcess(first.url, [...HONEST, '--force']);
      await command.said('global: PROCESSING');
      await first.close(signal);
      if (signal === 'SIGKILL') await command.said('The catalogue is away');
      const second = await ChildService.start(catalogue, { PORT: port });
      expect(await command.code(), command.stderr).toBe(0);
      if (signal === 'SIGKILL') expect(command.stderr).toContain('The catalogue answers again.');
      expect(command.stderr.match(/: PROCESSING/g)).toHaveLength(1);
      expect(command.stderr.match(/: CERTIFIED/g)).toHaveLength(1);
      await second.close();
    },
    120_000,
  );
});

describe('The command certify cannot tell', () => {
  it.each([
    ['an unknown id', ['--deployment', 'nobody'], 'There is no deployment nobody.'],
    ['an unknown uuid', ['--deployment', UNKNOWN], 'There is no deployment with this id.'],
    ['a strange region', [...HONEST, '--region', 'mars-1'], '/regions/0'],
    ['a region of none', ['--all', '--regions', 'mars-1'], 'No active deployment'],
    ['bad arguments', ['--all', '--wrong'], '--wrong'],
    ['a file that cannot be', ['--all', '--junit', '/nowhere/x.xml'], '/nowhere/x.xml cannot be'],
  ])('with %s', async (_, args, words) => {
    const command = start(...args);
    expect(await command.code()).toBe(2);
    expect(command.stderr).toContain(words);
    expect(command.stderr.trim()).not.toContain('\n');
    expect(command.stdout).toBe('');
  });

  it('with a wrong key, which it does not show', async () => {
    const key = 'wrong-canary-key-0123456789';
    const command = new CertifyProcess(catalogue.url, ['--all', '--json'], key);
    const { exitCode, error, runs } = await jsonOf(command);
    expect({ exitCode, runs }).toEqual({ exitCode: 2, runs: [] });
    expect(error).toContain('MODEL_CATALOG_API_KEY');
    expect(command.stderr + command.stdout).not.toContain('canary');
  });

  it('with a server that is away, and leaves no earlier result in the file', async () => {
    const junit = join(folder, 'away.xml');
    const url = `http://127.0.0.1:${await freePort()}`;
    const command = new CertifyProcess(url, ['--all', '--junit', junit]);
    expect(await command.code()).toBe(2);
    expect(command.stderr).toContain(`${url} cannot be reached (ECONNREFUSED).`);
    expect(readXml(await readFile(junit, 'utf8')).attributes).toMatchObject({ errors: '1' });
  });

  it('what became of a deployment that is removed meanwhile, and tells of the others', async () => {
    const silent = await ScriptedProvider.start({ silent: true });
    const removed = await rows.deployedAt(silent.url, 'silent-3');
    const junit = join(folder, 'removed.xml');
    const both = `${removed},${SIMULATED.honest}`;
    const command = start('--deployments', both, '--force', '--json', '--junit', junit);
    await command.said(`${SIMULATED.honest} in global: CERTIFIED`);
    expect((await catalogue.call('DELETE', `/api/v2/deployments/${removed}`)).status).toBe(204);
    const { exitCode, error, runs } = await jsonOf(command);
    expect({ exitCode, error }).toEqual({ exitCode: 2, error: null });
    const gone = runs.find(({ deploymentId }) => deploymentId === removed);
    expect(gone).toMatchObject({ deployment: 'silent-3', status: 'CANCELLED', costUsd: null });
    expect(runs.filter((run) => run !== gone)).toMatchObject([{ status: 'CERTIFIED' }]);
    const { attributes } = readXml(await readFile(junit, 'utf8'));
    expect(attributes).toMatchObject({ failures: '0', errors: '1' });
    await silent.close();
  });

  it('with an id that several providers have; it names them', async () => {
    const ids = [
      await rows.deployedAt(simulator.baseUrl, 'twin'),
      await rows.deployedAt(simulator.baseUrl, 'twin'),
    ];
    const command = start('--deployment', 'twin');
    expect(await command.code()).toBe(2);
    for (const id of ids) expect(command.stderr).toContain(id);
  });
});
