import { format } from 'prettier';

/** A line of the table. */
export interface Row {
  readonly figure: string;
  readonly target: string;
  readonly ratio: string;
  readonly ours: string;
  readonly baseline: string;
  readonly result: string;
}

export interface Measured {
  readonly figure: string;
  readonly target: { readonly atLeast: number } | { readonly atMost: number };
  /** One value a round, of ours and of what it is measured against. */
  readonly ours: readonly number[];
  readonly baseline: readonly number[];
  readonly unit: 'req/s' | 'ms' | 'statements';
}

/** The ratio of the medians, judged. */
export function measured({ figure, target, ours, baseline, unit }: Measured): Row {
  const ratio = median(ours) / median(baseline);
  const [words, reached] =
    'atLeast' in target
      ? [`≥ ${target.atLeast}`, ratio >= target.atLeast]
      : [`≤ ${target.atMost}`, ratio <= target.atMost];
  return {
    figure,
    target: words,
    ratio: ratio.toFixed(2),
    ours: `${quantity(median(ours))} ${unit}`,
    baseline: `${quantity(median(baseline))} ${unit}`,
    result: reached ? 'ok' : 'missed',
  };
}

export interface Limited {
  readonly figure: string;
  readonly atMost: number;
  readonly ours: number;
  /** For orientation only. */
  readonly baseline: number;
  readonly unit: 'ms';
}

/** A measure that is judged by itself, not by a ratio. */
export function limited({ figure, atMost, ours, baseline, unit }: Limited): Row {
  return {
    figure,
    target: `≤ ${atMost} ${unit}`,
    ratio: '',
    ours: `${quantity(ours)} ${unit}`,
    baseline: `${quantity(baseline)} ${unit}`,
    result: ours <= atMost ? 'ok' : 'missed',
  };
}

/** A Markdown table, aligned so that it reads well in a terminal too. */
export function table(rows: readonly Row[]): Promise<string> {
  const lines = [
    ['figure', 'target', 'measured ratio', 'ours', 'baseline', 'result'],
    ['---', '---', '---', '---', '---', '---'],
    ...rows.map(({ figure, target, ratio, ours, baseline, result }) => [
      ...[figure, target, ratio, ours, baseline, result],
    ]),
  ];
  return markdown(lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n'));
}

/** Markdown as the project formats it. */
export function markdown(text: string): Promise<string> {
  return format(text, { parser: 'markdown', printWidth: 100 });
}

function quantity(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toFixed(3)));
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const low = sorted[(sorted.length - 1) >> 1];
  const high = sorted[sorted.length >> 1];
  if (low === undefined || high === undefined) throw new Error('Nothing was measured.');
  return (low + high) / 2;
}

/** The value that this share of all values does not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.ceil(sorted.length * share) - 1];
  if (value === undefined) throw new Error('Nothing was measured.');
  return value;
}
