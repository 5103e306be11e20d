import { isAccepted, isRefused } from './exit-code.js';
import { isFailed, isPassed, type ProbeOutcome } from './probe-outcome.js';
import { NOT_COVERED, type RunReport } from './run-report.js';

type Kind = 'failure' | 'error' | 'skipped';

interface Case {
  readonly name: string;
  readonly seconds: number;
  /** Null: it passed. */
  readonly fault: { readonly kind: Kind; readonly type: string; readonly message: string } | null;
}

interface Suite {
  readonly name: string;
  readonly startedAt: string | null;
  readonly facts: Readonly<Record<string, string | number | null>>;
  readonly cases: readonly Case[];
}

/**
 * The runs as JUnit XML: a suite for each deployment and region, a case for each probe, and the
 * case `verdict`. There is a failure or an error exactly where a run is not accepted: what failed
 * in one that is (a probe that only informs, a warning that is allowed) shows as skipped.
 * @param error why there are no runs; null: there are
 */
export function junitOf(
  runs: readonly RunReport[],
  allowWarnings: boolean,
  error: string | null,
): string {
  const suites = runs.map((run) => suiteOf(run, allowWarnings));
  if (error !== null && runs.length === 0) suites.push(suiteOfError(error));
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="certification" ${countsOf(suites.flatMap(({ cases }) => cases))}>`,
    ...suites.map(suiteText),
    '</testsuites>',
    '',
  ].join('\n');
}

function suiteOf(run: RunReport, allowWarnings: boolean): Suite {
  const { deployment, region, startedAt, status, rating, badge, runId, costUsd } = run;
  const facts = { status, rating, badge, runId, costUsd };
  const name = `${deployment} in ${region}`;
  return { name, startedAt, facts, cases: casesOf(run, allowWarnings) };
}

function suiteOfError(message: string): Suite {
  const fault = { kind: 'error', type: 'error', message } as const;
  const cases = [{ name: 'request', seconds: 0, fault }];
  return { name: 'certification', startedAt: null, facts: {}, cases };
}

function suiteText({ name, startedAt, facts, cases }: Suite): string {
  const moment = startedAt === null ? '' : ` timestamp="${xml(startedAt.replace(/\.?\d*Z$/, ''))}"`;
  const properties = Object.entries(facts).flatMap(([key, value]) =>
    value === null ? [] : `      <property name="${key}" value="${xml(String(value))}"/>`,
  );
  return [
    `  <testsuite name="${xml(name)}" ${countsOf(cases)}${moment}>`,
    ...(properties.length > 0 ? ['    <properties>', ...properties, '    </properties>'] : []),
    ...cases.map((one) => caseText(one, name)),
    '  </testsuite>',
  ].join('\n');
}

function caseText({ name, seconds, fault }: Case, suite: string): string {
  const named = `classname="${xml(suite)}" name="${xml(name)}"`;
  const start = `    <testcase ${named} time="${seconds.toFixed(3)}"`;
  if (!fault) return `${start}/>`;
  const { kind, type, message } = fault;
  const typed = kind === 'skipped' ? '' : ` type="${xml(type)}"`;
  return `${start}><${kind}${typed} message="${xml(message)}"/></testcase>`;
}

function countsOf(cases: readonly Case[]): string {
  const count = (kind: Kind) => cases.filter(({ fault }) => fault?.kind === kind).length;
  const seconds = cases.reduce((sum, one) => sum + one.seconds, 0);
  return (
    `tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}" ` +
    `skipped="${count('skipped')}" time="${seconds.toFixed(3)}"`
  );
}

function casesOf(run: RunReport, allowWarnings: boolean): Case[] {
  const accepted = isAccepted(run, allowWarnings);
  const probes = run.probes.map((probe) => probeCase(probe, accepted));
  const { status, covered, errorMessage } = run;
  if (accepted) return [...probes, { name: 'verdict', seconds: 0, fault: null }];
  const kind = isRefused(run, allowWarnings) ? 'failure' : 'error';
  const refuted = run.refuted.map(({ claim }) => claim).join(', ');
  const other = !covered && NOT_COVERED;
  const reasons = [other, refuted && `refuted: ${refuted}`, errorMessage].filter(Boolean);
  const message = [status, ...reasons].join('. ');
  return [...probes, { name: 'verdict', seconds: 0, fault: { kind, type: status, message } }];
}

function probeCase({ probe, verdict, reason, message, seconds }: ProbeOutcome, accepted: boolean) {
  const words = [reason ?? verdict, message].filter(Boolean).join('. ');
  const fault = { kind: kindOf(verdict, accepted), type: reason ?? verdict, message: words };
  return { name: probe, seconds, fault: isPassed(verdict) ? null : fault };
}

function kindOf(verdict: ProbeOutcome['verdict'], accepted: boolean): Kind {
  if (accepted || verdict.startsWith('SKIPPED_')) return 'skipped';
  return isFailed(verdict) ? 'failure' : 'error';
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

/** What XML 1.0 cannot hold at all, not even as an entity. */
// eslint-disable-next-line no-control-regex -- these are the characters to take out
const IMPOSSIBLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu;

/** A text as the value of an attribute. */
function xml(text: string): string {
  return text
    .replace(IMPOSSIBLE, '\ufffd')
    .replace(/[&<>"\t\n\r]/g, (character) => ENTITIES[character] ?? character);
}
