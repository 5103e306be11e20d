import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Rows } from '../support/rows.js';
import { plainAnswer } from '../support/plain-model.js';
import { MODEL, PRICES } from '../support/samples.js';
import { ScriptedProvider } from '../support/scripted-provider.js';
import { TestService } from '../support/service.js';
import { breaches } from './invariants.js';

const PROVIDERS = 10;
const EACH = 100;
const LIMIT = 8;
const ANSWER_MS = 20;
/** One of them is this much slower. */
const SLOW_MS = 150;
const ENDS_WITHIN_MS = 240_000;

interface Herd {
  readonly provider: ScriptedProvider;
  atOnce: number;
  mostAtOnce: number;
}

let catalogue: TestService;
let rows: Rows;
const herds: Herd[] = [];

beforeAll(async () => {
  catalogue = await TestService.start({
    ...{ CERTIFICATION_CONCURRENCY: '48', CERTIFICATION_PROVIDER_CONCURRENCY: String(LIMIT) },
  });
  rows = new Rows(catalogue);
  for (let index = 0; index < PROVIDERS; index += 1) {
    herds.push(await herd(index === 0 ? SLOW_MS : ANSWER_MS));
  }
});

afterAll(async () => {
  await catalogue.close();
  await Promise.all(herds.map(({ provider }) => provider.close()));
});

/** A provider that counts whom it serves at the same time. */
async function herd(answerMs: number): Promise<Herd> {
  const provider = await ScriptedProvider.start();
  const counted: Herd = { provider, atOnce: 0, mostAtOnce: 0 };
  provider.script = (request) => {
    counted.atOnce += 1;
    counted.mostAtOnce = Math.max(counted.mostAtOnce, counted.atOnce);
    void request.closed.then(() => (counted.atOnce -= 1));
    return plainAnswer(request, answerMs);
  };
  return counted;
}

describe('A thousand certifications asked for at once', () => {
  it('all end, fairly over the providers, and no provider is asked by more than its limit', async () => {
    for (const [index, { provider }] of herds.entries()) {
      await rows.provider(`herd-${index}`, { baseUrl: provider.url });
    }
    const deployments = herds.flatMap((_, index) =>
      Array.from({ length: EACH }, (__, number) => ({
        provider: `herd-${index}`,
        deploymentId: `herd-${index}-${number}`,
        ...PRICES,
      })),
    );
    const model = { ...MODEL, name: 'Common', deployments };
    const { body } = await catalogue.call('POST', '/api/v2/models/import', [model]);
    expect(body).toMatchObject({ counts: { created: 1 } });
    const order = { all: true, profile: 'smoke' };
    const answer = await catalogue.call('POST', '/api/certification-queue', order);
    expect(answer.status, answer.text).toBe(202);

    const requests = () => herds.flatMap(({ provider }) => provider.requests);
    const { database } = catalogue;
    expect(await breaches({ database, requests: requests() }, ENDS_WITHIN_MS)).toEqual([]);
    for (const { mostAtOnce } of herds) expect(mostAtOnce).toBeLessThanOrEqual(LIMIT);
    const { rows: ends } = await database.query<{ slug: string; first: number; ended: number }>(
      `SELECT p.slug, min(place)::int AS first, count(*)::int AS ended
         FROM (SELECT "deploymentId", row_number() OVER (ORDER BY "completedAt") AS place
                 FROM certification_runs
                WHERE status IN ('CERTIFIED', 'QUALITY_WARNING')) run
         JOIN model_deployments d ON d.id = run."deploymentId"
         JOIN providers p ON p.id = d."providerId" GROUP BY 1`,
    );
    expect(ends.map(({ ended }) => ended)).toEqual(Array.from({ length: PROVIDERS }, () => EACH));
    // Nobody waits for another one's hundred.
    const fast = ends.filter(({ slug }) => slug !== 'herd-0');
    expect(Math.max(...fast.map(({ first }) => first))).toBeLessThan((PROVIDERS * EACH) / 2);
  }, 300_000);
});
