import { describe, expect, it } from 'vitest';

import { outcome, report } from '../../test/support/run-reports.js';
import { readXml, type Element } from '../../test/support/xml.js';
import { junitOf } from './junit.js';
import type { RunReport } from './run-report.js';

const PROBES = [
  outcome('basicChat'),
  outcome('vision', { verdict: 'FAIL_BEHAVIOUR', reason: 'WRONG_COLOUR', message: 'It saw red.' }),
  outcome('reasoning', { verdict: 'SKIPPED_NOT_DECLARED' }),
  outcome('streaming', { verdict: 'INCONCLUSIVE_TRANSIENT', reason: 'RATE_LIMIT' }),
  outcome('promptCaching', { verdict: 'INFO_UNDECLARED_SUPPORTED' }),
];

function suites(runs: RunReport[], allowWarnings = false): Element[] {
  return readXml(junitOf(runs, allowWarnings, null)).children;
}

/** The cases of a suite by name, each as the kind of its fault or `passed`. */
function casesOf(suite: Element | undefined): Record<string, string> {
  const cases = suite?.children.filter(({ name }) => name === 'testcase') ?? [];
  return Object.fromEntries(
    cases.map(({ attributes, children }) => [
      attributes.name ?? '',
      children.map(({ name, attributes: told }) => `${name}: ${told.message}`).join() || 'passed',
    ]),
  );
}

describe('JUnit XML', () => {
  it('has a suite for each run and a case for each probe, and for the verdict', () => {
    const refuted = [{ claim: 'vision', reason: 'WRONG_COLOUR', message: null }];
    const [suite, other] = suites([
      report({ status: 'FAILED', probes: PROBES, refuted }),
      report({ deployment: 'other' }),
    ]);
    expect(suite?.attributes).toMatchObject({
      ...{ name: 'model-1 in eu-west-1', tests: '6', failures: '2', errors: '1', skipped: '1' },
      ...{ time: '1.250', timestamp: '2026-01-02T03:04:05' },
    });
    expect(casesOf(suite)).toEqual({
      basicChat: 'passed',
      vision: 'failure: WRONG_COLOUR. It saw red.',
      reasoning: 'skipped: SKIPPED_NOT_DECLARED',
      streaming: 'error: RATE_LIMIT',
      promptCaching: 'passed',
      verdict: 'failure: FAILED. refuted: vision',
    });
    expect(casesOf(other)).toEqual({ basicChat: 'passed', verdict: 'passed' });
  });

  it('adds up', () => {
    const { attributes } = readXml(
      junitOf([report({ status: 'FAILED', probes: PROBES }), report()], false, null),
    );
    expect(attributes).toMatchObject({ tests: '8', failures: '2', errors: '1', skipped: '1' });
  });

  it.each<[RunReport['status'], boolean, string]>([
    ['QUALITY_WARNING', false, 'failure'],
    ['COMPLETED', false, 'error'],
    ['CANCELLED', true, 'error'],
    ['QUEUED', false, 'error'],
  ])('calls %s, warnings allowed: %j, a %s', (status, allowWarnings, kind) => {
    const [suite] = suites([report({ status, errorMessage: 'Why.' })], allowWarnings);
    expect(casesOf(suite).verdict).toBe(`${kind}: ${status}. Why.`);
  });

  it('calls a certificate of less than was asked for an error', () => {
    const [suite] = suites([report({ covered: false, probes: [] })]);
    expect(casesOf(suite).verdict).toBe('error: CERTIFIED. an earlier run, not what was asked for');
  });

  it('calls a run that was given up an error', () => {
    const [suite] = suites([report({ status: 'FAILED', rating: null, badge: null })]);
    expect(suite?.attributes).toMatchObject({ failures: '0', errors: '1' });
  });

  it.each([
    ['CERTIFIED', false],
    ['QUALITY_WARNING', true],
  ] as const)('has no failure in a run that is accepted: %s', (status, allowWarnings) => {
    const [suite] = suites([report({ status, probes: PROBES })], allowWarnings);
    expect(suite?.attributes).toMatchObject({ failures: '0', errors: '0', skipped: '3' });
    expect(casesOf(suite).vision).toBe('skipped: WRONG_COLOUR. It saw red.');
  });

  it('bears whatever a provider said', () => {
    const message = `<b>&amp;"'\t\n\r\u0000\u001b\ud800\uffff]]> 😀`;
    const probes = [outcome('vision', { verdict: 'FAIL_BEHAVIOUR', reason: null, message })];
    const [suite] = suites([report({ status: 'FAILED', deployment: 'a<"&', probes })]);
    expect(suite?.attributes.name).toBe('a<"& in eu-west-1');
    const told = `FAIL_BEHAVIOUR. <b>&amp;"'\t\n\r\ufffd\ufffd\ufffd\ufffd]]> 😀`;
    expect(casesOf(suite).vision).toBe(`failure: ${told}`);
  });

  it('is an error where nothing could be asked for', () => {
    const { attributes, children } = readXml(junitOf([], false, 'It is away.'));
    expect(attributes).toMatchObject({ tests: '1', errors: '1' });
    expect(casesOf(children[0])).toEqual({ request: 'error: It is away.' });
  });
});
