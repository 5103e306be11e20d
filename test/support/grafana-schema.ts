const text = { type: 'string', minLength: 1 };
const datasource = {
  type: 'object',
  required: ['type', 'uid'],
  additionalProperties: false,
  properties: { type: { const: 'prometheus' }, uid: { const: '${datasource}' } },
};
const gridPos = {
  type: 'object',
  required: ['h', 'w', 'x', 'y'],
  additionalProperties: false,
  properties: {
    h: { type: 'integer', minimum: 1 },
    w: { type: 'integer', minimum: 1, maximum: 24 },
    x: { type: 'integer', minimum: 0, maximum: 23 },
    y: { type: 'integer', minimum: 0 },
  },
};
const target = {
  type: 'object',
  required: ['refId', 'datasource', 'expr', 'legendFormat'],
  additionalProperties: false,
  properties: { refId: { pattern: '^[A-Z]$' }, datasource, expr: text, legendFormat: text },
};
const row = {
  type: 'object',
  required: ['id', 'type', 'title', 'collapsed', 'gridPos', 'panels'],
  additionalProperties: false,
  properties: {
    id: { type: 'integer', minimum: 1 },
    type: { const: 'row' },
    title: text,
    collapsed: { const: false },
    gridPos,
    panels: { type: 'array', maxItems: 0 },
  },
};
const panel = {
  type: 'object',
  required: [
    'id',
    'type',
    'title',
    'description',
    'datasource',
    'gridPos',
    'fieldConfig',
    'targets',
  ],
  additionalProperties: false,
  properties: {
    id: { type: 'integer', minimum: 1 },
    type: { enum: ['timeseries', 'stat'] },
    title: text,
    description: text,
    datasource,
    gridPos,
    fieldConfig: {
      type: 'object',
      required: ['defaults', 'overrides'],
      additionalProperties: false,
      properties: {
        defaults: {
          type: 'object',
          required: ['unit'],
          additionalProperties: false,
          properties: {
            unit: { enum: ['none', 's', 'reqps', 'bytes', 'percentunit', 'currencyUSD'] },
            min: { type: 'number' },
          },
        },
        overrides: { type: 'array' },
      },
    },
    options: { type: 'object' },
    targets: { type: 'array', minItems: 1, items: target },
  },
};
const variable = {
  type: 'object',
  required: ['name', 'type', 'query'],
  properties: {
    name: { pattern: '^\\w+$' },
    label: text,
    query: {},
    type: { enum: ['datasource', 'query'] },
    hide: { enum: [0, 1, 2] },
    refresh: { enum: [0, 1, 2] },
  },
};

/**
 * A dashboard as Grafana imports it: the part of its format that ours uses, closed, so that a
 * misspelt field is found.
 */
export const DASHBOARD_SCHEMA = {
  type: 'object',
  required: ['uid', 'title', 'schemaVersion', 'templating', 'time', 'panels'],
  additionalProperties: false,
  properties: {
    uid: { type: 'string', pattern: '^[\\w-]{1,40}$' },
    title: text,
    description: text,
    tags: { type: 'array', items: text },
    schemaVersion: { type: 'integer', minimum: 36, maximum: 41 },
    version: { type: 'integer', minimum: 0 },
    editable: { type: 'boolean' },
    graphTooltip: { enum: [0, 1, 2] },
    timezone: { enum: ['browser', 'utc'] },
    refresh: { pattern: '^\\d+[smh]$' },
    time: {
      type: 'object',
      required: ['from', 'to'],
      additionalProperties: false,
      properties: { from: { pattern: '^now' }, to: { pattern: '^now' } },
    },
    templating: {
      type: 'object',
      required: ['list'],
      additionalProperties: false,
      properties: { list: { type: 'array', items: variable } },
    },
    annotations: {
      type: 'object',
      additionalProperties: false,
      properties: { list: { type: 'array' } },
    },
    links: { type: 'array' },
    panels: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        discriminator: { propertyName: 'type' },
        oneOf: [row, panel],
      },
    },
  },
};

/** Prometheus' rule files: the part that ours uses. */
export const RULES_SCHEMA = {
  type: 'object',
  required: ['groups'],
  additionalProperties: false,
  properties: {
    groups: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['name', 'rules'],
        additionalProperties: false,
        properties: {
          name: text,
          rules: {
            type: 'array',
            minItems: 1,
            items: {
              type: 'object',
              required: ['alert', 'expr', 'labels', 'annotations'],
              additionalProperties: false,
              properties: {
                alert: { pattern: '^ModelCatalog[A-Z]\\w+$' },
                expr: text,
                for: { pattern: '^\\d+[smh]$' },
                labels: {
                  type: 'object',
                  required: ['severity'],
                  additionalProperties: false,
                  properties: { severity: { enum: ['critical', 'warning'] } },
                },
                annotations: {
                  type: 'object',
                  required: ['summary', 'description'],
                  additionalProperties: false,
                  properties: { summary: text, description: text },
                },
              },
            },
          },
        },
      },
    },
  },
};
