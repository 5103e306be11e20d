/** One line of a scrape: its name, its labels as `a="b",…`, and its value. */
export interface Sample {
  readonly name: string;
  readonly labels: string;
  readonly value: number;
}

const HELP = /^# HELP ([a-zA-Z_:][\w:]*) \S.*$/;
const TYPE = /^# TYPE ([a-zA-Z_:][\w:]*) (counter|gauge|histogram|summary|untyped)$/;
const LABEL = String.raw`[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*"`;
const SAMPLE = new RegExp(String.raw`^([a-zA-Z_:][\w:]*)(?:\{(${LABEL}(?:,${LABEL})*)\})? (\S+)$`);
const NUMBER = /^([+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]Inf|NaN)$/i;

/** Reads Prometheus' text format, version 0.0.4. @throws Error that names the line at fault */
export function parseExposition(text: string): Sample[] {
  if (!text.endsWith('\n')) throw new Error('The last line does not end.');
  const samples: Sample[] = [];
  const helped = new Set<string>();
  const seen = new Set<string>();
  let family = { name: '', type: '' };
  for (const line of text.split('\n')) {
    const fault = (what: string) => new Error(`${what}: ${line}`);
    if (line === '') continue;
    const help = HELP.exec(line)?.[1];
    const [, typed, type] = TYPE.exec(line) ?? [];
    if (help !== undefined) {
      if (helped.has(help)) throw fault('A second family of this name');
      helped.add(help);
    } else if (typed !== undefined && type !== undefined) {
      if (!helped.has(typed) || typed === family.name) throw fault('A type out of place');
      family = { name: typed, type };
    } else {
      const sample = sampleIn(line);
      if (!belongs(sample.name, family)) throw fault('A sample outside of its family');
      if (seen.has(line.slice(0, line.lastIndexOf(' ')))) throw fault('A second sample');
      seen.add(line.slice(0, line.lastIndexOf(' ')));
      samples.push(sample);
    }
  }
  checkHistograms(samples);
  return samples;
}

/** The value of a sample. @param labels all of them, as they are written @throws Error when there is none */
export function valueOf(samples: readonly Sample[], name: string, labels = ''): number {
  const found = samples.find((sample) => sample.name === name && sample.labels === labels);
  if (!found) throw new Error(`There is no ${name}{${labels}}.`);
  return found.value;
}

function sampleIn(line: string): Sample {
  const [, name, labels = '', value] = SAMPLE.exec(line) ?? [];
  if (name === undefined || value === undefined || !NUMBER.test(value)) {
    throw new Error(`Neither comment nor sample: ${line}`);
  }
  return { name, labels, value: Number(value.replace('Inf', 'Infinity')) };
}

function belongs(name: string, family: { name: string; type: string }): boolean {
  if (family.type !== 'histogram') return name === family.name;
  return ['_bucket', '_sum', '_count'].some((suffix) => name === `${family.name}${suffix}`);
}

/** Buckets only grow, and the last one, +Inf, is the count. */
function checkHistograms(samples: readonly Sample[]): void {
  const growing = new Map<string, number>();
  for (const { name, labels, value } of samples) {
    const series = `${name.replace(/_(bucket|count)$/, '')} ${labels.replace(/le="[^"]*",?/, '')}`;
    if (name.endsWith('_bucket')) {
      if (value < (growing.get(series) ?? 0)) throw new Error(`A bucket shrinks: ${series}`);
      growing.set(series, value);
    } else if (name.endsWith('_count') && growing.get(series) !== value) {
      throw new Error(`The count is not the last bucket: ${series}`);
    }
  }
}
