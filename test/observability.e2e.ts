import { readFile } from 'node:fs/promises';

import { Ajv2020 } from 'ajv/dist/2020.js';
import { load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { CATEGORIES } from '../src/inference/inference-error.js';
import { meaningOf } from '../src/metrics/fault-meaning.js';
import { familiesOf, lintExposition } from './support/exposition-lint.js';
import { DASHBOARD_SCHEMA, RULES_SCHEMA } from './support/grafana-schema.js';
import { faultOfExpression, metricsIn } from './support/promql.js';
import { TestService } from './support/service.js';

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly targets?: readonly { readonly expr: string }[];
}

interface Rule {
  readonly alert: string;
  readonly expr: string;
}

let catalogue: TestService;
/** Everything a query may name. */
let exported: Set<string>;
let text: string;
let panels: readonly Panel[];
let rules: readonly Rule[];
let dashboard: unknown;
let ruleFile: unknown;

beforeAll(async () => {
  catalogue = await TestService.start();
  text = await (await fetch(`${catalogue.url}/metrics`)).text();
  exported = new Set(
    familiesOf(text).flatMap(({ name, type }) =>
      type === 'histogram' ? ['_bucket', '_sum', '_count'].map((part) => name + part) : [name],
    ),
  );
  dashboard = JSON.parse(await readFile('docs/observability/grafana-dashboard.json', 'utf8'));
  ruleFile = load(await readFile('docs/observability/alerts.yml', 'utf8'));
  ({ panels } = dashboard as { panels: readonly Panel[] });
  rules = (ruleFile as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules);
});

afterAll(() => catalogue.close());

function faultsOf(schema: object, value: unknown): unknown {
  const ajv = new Ajv2020({
    allErrors: true,
    strict: true,
    strictTypes: false,
    discriminator: true,
  });
  const validate = ajv.compile(schema);
  return validate(value) ? null : validate.errors;
}

function unknownIn(expression: string): string[] {
  return metricsIn(expression).filter((name) => name !== 'up' && !exported.has(name));
}

describe('the metrics', () => {
  it('pass what promtool checks', () => {
    expect(lintExposition(text)).toEqual([]);
  });

  it.each([
    ['# HELP model_catalog_x Help.\n# TYPE model_catalog_x counter\nmodel_catalog_x 1\n', '_total'],
    [
      '# HELP nodejs_y_total Help.\n# TYPE nodejs_y_total gauge\nnodejs_y_total 1\n',
      'only a counter',
    ],
    ['# HELP other_z Help.\n# TYPE other_z gauge\nother_z 1\n', 'prefix'],
    [
      '# HELP model_catalog_t_ms Help.\n# TYPE model_catalog_t_ms gauge\nmodel_catalog_t_ms 1\n',
      'unit',
    ],
    [
      '# HELP model_catalog_l Help.\n# TYPE model_catalog_l gauge\nmodel_catalog_l{route="/a?b=c"} 1\n',
      'route',
    ],
  ])('would not if they were like %j', (bad, fault) => {
    expect(lintExposition(bad)).toEqual([expect.stringContaining(fault)]);
  });
});

describe('the Grafana dashboard', () => {
  it('has the form that Grafana imports', () => {
    expect(faultsOf(DASHBOARD_SCHEMA, dashboard)).toBeNull();
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  });

  it('has panels that do not lie on each other', () => {
    const taken = new Map<string, string>();
    for (const { title, gridPos } of panels) {
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(x, title).toBeLessThan(24);
          expect(taken.get(`${x} ${y}`), title).toBeUndefined();
          taken.set(`${x} ${y}`, title);
        }
      }
    }
  });

  it('asks only for metrics that are exported, and shows all that are ours', () => {
    const expressions = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    expect(expressions.length).toBeGreaterThan(20);
    for (const expression of expressions) {
      expect(faultOfExpression(expression), expression).toBeNull();
      expect(unknownIn(expression), expression).toEqual([]);
    }
    const asked = expressions.flatMap(metricsIn).join(' ');
    const own = familiesOf(text).filter(({ name }) => name.startsWith('model_catalog_'));
    const unseen = own.filter(({ name }) => !asked.includes(name)).map(({ name }) => name);
    expect(unseen).toEqual([
      'model_catalog_cache_requests_total',
      'model_catalog_cache_invalidations_total',
    ]);
  });
});

describe('the alert rules', () => {
  it('have the form that Prometheus loads, each with a name of its own', () => {
    expect(faultsOf(RULES_SCHEMA, ruleFile)).toBeNull();
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  });

  it('ask only for metrics that are exported, and compare them', () => {
    for (const { alert, expr } of rules) {
      expect(faultOfExpression(expr), alert).toBeNull();
      expect(unknownIn(expr), alert).toEqual([]);
      expect(expr, alert).toMatch(/(==|>|<) [\d.]+$/);
    }
  });

  it('count as faults of providers what counts against the uptime of deployments', () => {
    const rule = rules.find(({ alert }) => alert === 'ModelCatalogProviderFaults');
    const outcomes = /outcome=~"([^"]+)"/.exec(rule?.expr ?? '')?.[1]?.split('|');
    const faults = Object.keys(CATEGORIES).filter((category) => meaningOf(category) === 'fault');
    expect(outcomes?.toSorted()).toEqual(faults.toSorted());
  });
});
