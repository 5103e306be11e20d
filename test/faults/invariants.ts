import { setTimeout as sleep } from 'node:timers/promises';

import type pg from 'pg';

import { probesOf } from '../../src/certification/validation/suite.js';
import type { CertificationProfile } from '../../src/generated/prisma/client.js';
import { isObject } from '../../src/shared/json.js';
import type { RecordedRequest } from '../support/scripted-provider.js';

/** Requests of one attempt of the probe with the most of them: what a crash can waste. */
const MOST_OF_A_PROBE = 8;
const UNKNOWN_MODEL = '-does-not-exist';

/** A catalogue whose runs were disturbed, and what its providers saw. */
export interface Disturbed {
  readonly database: pg.Pool;
  readonly requests: readonly RecordedRequest[];
  /** Runs that a client was told of; left out: all that are stored. */
  readonly accepted?: readonly string[];
}

/**
 * Waits until every run has ended, then says what must not be; empty when all is well.
 *
 * - I1 every accepted run is there, and reached a terminal state
 * - I2 a settled probe was not asked again, and a run has one rating: its certificate's
 * - I3 no rating comes from a part of the probes, or from a run without a verdict
 * - I4 the provider was asked no more than what is recorded, and what each lost claim can waste
 */
export async function breaches(disturbed: Disturbed, withinMs: number): Promise<string[]> {
  const { database } = disturbed;
  const open = await openAfter(database, withinMs);
  const found = await Promise.all([
    lost(disturbed),
    repeated(database),
    strayRatings(database),
    partialRatings(database),
    surplusRequests(disturbed),
  ]);
  return [...open.map((run) => `I1: ${run} has not ended`), ...found.flat()];
}

/** Runs that have not ended in time, with their state. */
async function openAfter(database: pg.Pool, withinMs: number): Promise<string[]> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const open = await texts(
      database,
      `SELECT concat_ws(' ', id, status, 'fence', fence, 'tries', tries, 'lease', "leaseUntil",
                        'next', "nextAttemptAt", 'slot', "waitsForSlot") AS text
         FROM certification_runs WHERE status IN ('PENDING', 'QUEUED', 'PROCESSING')`,
    );
    if (open.length === 0 || performance.now() > deadline) return open;
    await sleep(200);
  }
}

async function lost({ database, accepted = [] }: Disturbed): Promise<string[]> {
  return texts(
    database,
    `SELECT 'I1: ' || id || ' was accepted and is gone' AS text FROM unnest($1::text[]) AS run(id)
      WHERE NOT EXISTS (SELECT FROM certification_runs r WHERE r.id = run.id)`,
    [accepted],
  );
}

function repeated(database: pg.Pool): Promise<string[]> {
  return texts(
    database,
    `SELECT 'I2: ' || b.probe || ' of ' || b."runId" || ' was asked again' AS text
       FROM certification_probe_results a
       JOIN certification_probe_results b
         ON b."runId" = a."runId" AND b.probe = a.probe AND b.attempt > a.attempt
       JOIN certification_runs r ON r.id = a."runId" AND r.profile <> 'deep'
      WHERE a.verdict::text LIKE 'PASS%' AND NOT EXISTS (
        SELECT FROM certification_probe_results f
         WHERE f."runId" = a."runId" AND f.probe = a.probe AND f.attempt < a.attempt
           AND f.verdict::text LIKE 'FAIL%')`,
  );
}

/** The certificate follows its runs: another rating than theirs came from nowhere. */
function strayRatings(database: pg.Pool): Promise<string[]> {
  return texts(
    database,
    `SELECT 'I2: certificate ' || c.id || ' does not show its run' AS text
       FROM model_certifications c
       JOIN certification_runs last ON last.id = c."lastRunId"
       LEFT JOIN certification_runs judged ON judged.id = c."verdictRunId"
      WHERE c.status <> last.status
         OR (judged.id IS NOT NULL AND (c.rating, c.badge, c."lastVerdict")
             IS DISTINCT FROM (judged.rating, judged.badge, judged.status))`,
  );
}

async function partialRatings(database: pg.Pool): Promise<string[]> {
  const { rows } = await database.query<{
    id: string;
    profile: CertificationProfile;
    status: string;
    probes: number;
  }>(
    `SELECT r.id, r.profile::text AS profile, r.status::text AS status,
            count(DISTINCT p.probe)::int AS probes
       FROM certification_runs r LEFT JOIN certification_probe_results p ON p."runId" = r.id
      WHERE r.rating IS NOT NULL GROUP BY r.id`,
  );
  return rows
    .filter(
      ({ profile, status, probes }) =>
        probes !== probesOf(profile) ||
        !['CERTIFIED', 'QUALITY_WARNING', 'FAILED'].includes(status),
    )
    .map(({ id, status, probes }) => `I3: ${id}, ${status}, is rated by ${probes} probes`);
}

interface Asked {
  readonly model: string;
  readonly recorded: number;
  readonly claims: number;
}

/** By the model's id, which must be a deployment's own. */
async function surplusRequests({ database, requests }: Disturbed): Promise<string[]> {
  const seen = new Map<string, number>();
  for (const { method, body } of requests) {
    if (method !== 'POST' || !isObject(body)) continue;
    const model = String(body.model).replace(UNKNOWN_MODEL, '');
    seen.set(model, (seen.get(model) ?? 0) + 1);
  }
  const { rows } = await database.query<Asked>(
    `SELECT d."deploymentId" AS model, sum(r.fence)::int AS claims,
            coalesce(sum((SELECT sum(jsonb_array_length(exchange->'faults')
                                     + (exchange->>'answered')::boolean::int)
                            FROM certification_probe_results p,
                                 jsonb_array_elements(p.evidence) exchange
                           WHERE p."runId" = r.id)), 0)::int AS recorded
       FROM certification_runs r JOIN model_deployments d ON d.id = r."deploymentId"
      GROUP BY 1`,
  );
  return rows
    .map(({ model, recorded, claims }) => {
      const surplus = (seen.get(model) ?? 0) - recorded;
      const most = MOST_OF_A_PROBE * claims;
      return surplus > most ? `I4: ${model}: ${surplus} requests nobody recorded` : '';
    })
    .filter(Boolean);
}

async function texts(database: pg.Pool, sql: string, values: unknown[] = []): Promise<string[]> {
  const { rows } = await database.query<{ text: string }>(sql, values);
  return rows.map(({ text }) => text);
}
