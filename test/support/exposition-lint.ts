import { parseExposition } from './exposition.js';

export interface Family {
  readonly name: string;
  readonly type: string;
}

/** Ours, and those of prom-client for the process and its runtime. */
const PREFIX = /^(model_catalog|process|nodejs)_/;
/** Units that are not the base one: seconds, bytes, ratio. */
const UNITS =
  /(^|_)(ms|msec|millis|milliseconds|us|micros|microseconds|ns|nanoseconds|sec|minutes|hours|days|kb|kib|mb|mib|gb|kilobytes|megabytes|gigabytes|bits|percent|percents|percentage)(_|$)/;
const TYPES = /(^|_)(counter|gauge|histogram|summary)(_|$)/;

/** The families of a scrape, in its order. @throws Error when it cannot be read */
export function familiesOf(text: string): Family[] {
  parseExposition(text);
  return [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => ({
    name,
    type,
  }));
}

/** What `promtool check metrics` would complain of, one sentence each. */
export function lintExposition(text: string): string[] {
  const families = familiesOf(text);
  const helped = new Set([...text.matchAll(/^# HELP (\S+) \S/gm)].map(([, name]) => name));
  return [
    ...families.flatMap(faultsOf),
    ...families.filter(({ name }) => !helped.has(name)).map(({ name }) => `${name}: no help text`),
    ...faultsOfLabels(text),
  ];
}

function faultsOf({ name, type }: Family): string[] {
  const isCounter = type === 'counter';
  const own = name.startsWith('model_catalog_');
  const rules: [boolean, string][] = [
    [!PREFIX.test(name), 'the prefix is none of ours'],
    [!/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(name), 'the name is not in snake_case'],
    [isCounter && !name.endsWith('_total'), 'a counter ends with _total'],
    [!isCounter && name.endsWith('_total'), 'only a counter ends with _total'],
    [/_(bucket|count|sum)$/.test(name), 'the suffix belongs to histograms'],
    [TYPES.test(name), 'the name says its type'],
    [UNITS.test(name), 'the unit is not the base unit'],
    [type === 'histogram' && !/_(seconds|bytes)$/.test(name), 'a histogram ends with its unit'],
    [type === 'untyped', 'it has no type'],
    [own && type === 'summary', 'a summary cannot be added up'],
  ];
  return rules.filter(([broken]) => broken).map(([, fault]) => `${name}: ${fault}`);
}

/** Labels that Prometheus adds itself, and values that look like ids or addresses. */
function faultsOfLabels(text: string): string[] {
  return parseExposition(text).flatMap(({ name, labels }) => [
    ...(/(^|,)(job|instance|__\w+)="/.test(labels) ? [`${name}: a label of Prometheus' own`] : []),
    ...(/[0-9a-f]{8}-[0-9a-f]{4}|https?:|\?/.test(labels) ? [`${name}: {${labels}}`] : []),
  ]);
}
