import Table from 'cli-table3';

import { oneLine } from './plain-text.js';
import { isOpen, NOT_COVERED, type RunReport } from './run-report.js';

const NONE = '–';
/** Of the column that says why. */
const WHY_WIDTH = 56;
/** A provider's message may be long; the JSON has all of it. */
const MESSAGE_LENGTH = 200;

/** The runs as a table for people. */
export function tableOf(runs: readonly RunReport[]): string {
  const table = new Table({
    head: ['deployment', 'region', 'status', 'rating', 'badge', 'cost', 'time', 'why'],
    colWidths: [null, null, null, null, null, null, null, WHY_WIDTH],
    wordWrap: true,
    style: { head: [], border: [] },
  });
  for (const run of runs) {
    table.push([
      oneLine(run.deployment),
      run.region,
      run.cached ? `${run.status} (cached)` : run.status,
      run.rating?.toFixed(1) ?? NONE,
      run.badge ?? NONE,
      run.costUsd === null || run.cached ? NONE : `$${run.costUsd.toFixed(6)}`,
      run.seconds === null || run.cached ? NONE : `${run.seconds.toFixed(1)} s`,
      whyOf(run) || NONE,
    ]);
  }
  return table.toString();
}

/** Why a run is no plain certificate; empty: it is one. */
function whyOf(run: RunReport): string {
  const { refuted, errorMessage, status } = run;
  const claims = refuted.map(({ claim, reason, message }) => `${claim}: ${say(reason, message)}`);
  const told = claims.length > 0 || status === 'CERTIFIED' ? [] : [say(errorMessage)];
  const short = run.covered ? [] : [NOT_COVERED];
  return [waiting(run), ...short, ...claims, ...told].filter((line) => line !== '').join('\n');
}

function waiting(run: RunReport): string {
  if (!isOpen(run)) return '';
  if (run.status === 'PROCESSING') return 'still running';
  return run.nextAttemptAt === null ? 'waiting' : `waiting until ${run.nextAttemptAt}`;
}

function say(...parts: readonly (string | null)[]): string {
  const text = oneLine(parts.filter(Boolean).join('. '));
  return text.length > MESSAGE_LENGTH ? `${text.slice(0, MESSAGE_LENGTH - 1)}…` : text;
}
