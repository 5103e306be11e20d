import { STATUS_CODES } from 'node:http';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Problem } from '../src/shared/http/problem.js';
import { addAccount } from './support/accounts.js';
import { Contract, isObject, type Node, type Operation as Documented } from './support/contract.js';
import { Rows } from './support/rows.js';
import { UNKNOWN } from './support/samples.js';
import { TestService } from './support/service.js';

let catalogue: TestService;
let contract: Contract;

beforeAll(async () => {
  catalogue = await TestService.start();
  contract = await Contract.of(catalogue.url);
});

afterAll(() => catalogue.close());

/** An operation, at a path with ids that do not exist. */
interface Operation extends Documented {
  readonly name: string;
  readonly isOpen: boolean;
  readonly hasBody: boolean;
  readonly statuses: readonly string[];
}

function operations(): Operation[] {
  return contract.operations.map(({ method, path, node }) => ({
    name: `${method} ${path}`,
    method,
    path: path.replaceAll(/\{\w+\}/g, UNKNOWN),
    isOpen: Array.isArray(node.security) && node.security.length === 0,
    hasBody: node.requestBody !== undefined,
    statuses: Object.keys(isObject(node.responses) ? node.responses : {}),
    node,
  }));
}

function schemas(): [string, Node][] {
  return entries(Object(contract.document.components).schemas);
}

/** All properties of all schemas. */
function properties(): { name: string; node: Node }[] {
  return schemas().flatMap(([schema, { properties: fields }]) =>
    entries(fields).map(([field, node]) => ({ name: `${schema}.${field}`, node })),
  );
}

function entries(value: unknown): [string, Node][] {
  return Object.entries(isObject(value) ? value : {}).map(([key, child]) => [
    key,
    isObject(child) ? child : {},
  ]);
}

/** The names of those operations that do not do as said. */
function offenders(holds: (operation: Operation) => boolean): string[] {
  const found = operations();
  expect(found.length).toBeGreaterThan(20);
  return found.filter((operation) => !holds(operation)).map(({ name }) => name);
}

/** The status an operation answers with, by operation; those it does not document throw. */
async function answers(
  some: (operation: Operation) => boolean,
  send: (operation: Operation) => ReturnType<TestService['call']>,
): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const operation of operations().filter(some)) {
    found[operation.name] = (await send(operation)).status;
  }
  expect(Object.keys(found)).not.toEqual([]);
  return found;
}

/** The same operations, each with this status. */
function each(found: Record<string, number>, status: number): Record<string, number> {
  return Object.fromEntries(Object.keys(found).map((name) => [name, status]));
}

describe('the OpenAPI document', () => {
  it('says of every operation what it is for, under a described tag', () => {
    const tags = Array.isArray(contract.document.tags) ? contract.document.tags : [];
    const described = tags.map((tag: Node) => tag.description && tag.name);
    const faults = offenders(
      ({ node }) =>
        typeof node.summary === 'string' &&
        Array.isArray(node.tags) &&
        node.tags.length === 1 &&
        described.includes(node.tags[0]),
    );
    expect(faults).toEqual([]);
  });

  it('says what is answered to a bad body, an unknown id, and without a database', () => {
    const faults = offenders(({ path, statuses, hasBody, isOpen }) =>
      [
        ...(hasBody ? ['400', '413', '415'] : []),
        ...(path.includes(UNKNOWN) ? ['400', '404'] : []),
        ...(isOpen ? [] : ['401', '429', '503']),
      ].every((status) => statuses.includes(status)),
    );
    expect(faults).toEqual([]);
  });

  it('says of every enum that is shared what it is, and not what one property means by it', () => {
    const enums = schemas().filter(([, node]) => node.enum !== undefined);
    expect(enums.length).toBeGreaterThan(20);
    const ofProperties = new Set(properties().map(({ node }) => node.description));
    const faults = enums.filter(
      ([, { description }]) => !description || ofProperties.has(description),
    );
    expect(faults.map(([name]) => name)).toEqual([]);
    const { description, enum: statuses } =
      contract.resolve({ $ref: '#/components/schemas/CertificationStatus' }) ?? {};
    for (const status of statuses as string[]) expect(description).toContain(status);
  });

  it('says of every property and parameter what it means', () => {
    const parameters = operations().flatMap(({ name, node }) =>
      (Array.isArray(node.parameters) ? (node.parameters as Node[]) : []).map((parameter) => ({
        name: `${name} ${String(parameter.name)}`,
        node: parameter,
      })),
    );
    const all = [...properties(), ...parameters];
    expect(all.length).toBeGreaterThan(500);
    expect(all.filter(({ node }) => !node.description).map(({ name }) => name)).toEqual([]);
  });

  it('shows of every problem one with its own status', () => {
    const responses = entries(Object(contract.document.components).responses);
    expect(responses.length).toBeGreaterThan(10);
    for (const [name, node] of responses) {
      const { example } = Object(node.content)['application/problem+json'] as Node;
      const { title, status } = Object(example) as Problem;
      expect(title.replaceAll(' ', '')).toBe(name);
      expect(STATUS_CODES[status]).toBe(title);
    }
  });

  it('has only examples and defaults that are valid', () => {
    const samples = samplesIn(contract.document);
    expect(samples.length).toBeGreaterThan(20);
    const faults = samples.flatMap(({ schema, value }) => {
      const fault = contract.faultOfValue(schema, value);
      return fault === null ? [] : [`${JSON.stringify(value)}: ${fault}`];
    });
    expect(faults).toEqual([]);
  });
});

it.each(['/openapi.json', '/docs', '/docs/swagger-ui-init.js'])(
  '%s is not sent again to who has it',
  async (path) => {
    const first = await fetch(catalogue.url + path);
    const etag = first.headers.get('etag') ?? '';
    expect(first.status).toBe(200);
    expect(etag).toMatch(/"/);
    expect((await first.text()).length).toBeGreaterThan(100);
    const again = await fetch(catalogue.url + path, { headers: { 'if-none-match': etag } });
    expect(again.status).toBe(304);
    expect(again.headers.get('etag')).toBe(etag);
    expect(await again.text()).toBe('');
    const other = await fetch(catalogue.url + path, { headers: { 'if-none-match': '"other"' } });
    expect(other.status).toBe(200);
    const head = await fetch(catalogue.url + path, { method: 'HEAD' });
    expect([head.status, head.headers.get('etag')]).toEqual([200, etag]);
    expect(head.headers.get('content-length')).toBe(first.headers.get('content-length'));
    const seen = { method: 'HEAD', headers: { 'if-none-match': etag } };
    expect((await fetch(catalogue.url + path, seen)).status).toBe(304);
  },
);

/** Every `example` and `default`, of schemas and of parameters. */
function samplesIn(node: unknown): { schema: unknown; value: unknown }[] {
  if (Array.isArray(node)) return node.flatMap(samplesIn);
  if (!isObject(node)) return [];
  const { example, default: fallback, ...rest } = node;
  const schema = rest.schema ?? rest;
  return [
    ...[example, fallback]
      .filter((value) => value !== undefined && !isSchema(value))
      .map((value) => ({ schema, value })),
    ...Object.values(rest).flatMap(samplesIn),
  ];
}

/** A field that is called `example` or `default`. */
function isSchema(value: unknown): boolean {
  return isObject(value) && ('type' in value || '$ref' in value);
}

describe('every request body', () => {
  /** Ids that examples leave to the reader: by the field, or by the part of the path before. */
  const ids: Record<string, string> = {};
  let key: string;

  beforeAll(async () => {
    const deploymentId = await new Rows(catalogue).deployedAt('http://127.0.0.1:9', 'examples');
    const path = `/api/v2/deployments/${deploymentId}`;
    const { baseModelId, providerId } = (await catalogue.call('GET', path)).body;
    ({ key } = await addAccount(catalogue, 'caller', 'admin'));
    const { userId } = await addAccount(catalogue, 'other');
    const { body: apiKey } = await catalogue.call('POST', '/api/v2/api-keys', { name: 'other' });
    Object.assign(ids, { baseModelId, providerId, deploymentId, providerIds: providerId });
    Object.assign(ids, { models: baseModelId, providers: providerId, deployments: deploymentId });
    Object.assign(ids, { users: userId, 'api-keys': apiKey.id });
  });

  const filled = (example: unknown, name = ''): unknown => {
    if (Array.isArray(example)) return example.map((entry) => filled(entry, name));
    if (!isObject(example)) return example === UNKNOWN ? ids[name] : example;
    const fields = Object.entries(example).map(([field, value]) => [field, filled(value, field)]);
    return Object.fromEntries(fields);
  };

  it('has an example, with ids of the reader, that is taken', async () => {
    const found = operations().filter(({ hasBody }) => hasBody);
    expect(found.length).toBeGreaterThan(20);
    for (const { name, method, path, node } of found) {
      const { content, description = '' } = contract.resolve(node.requestBody) ?? {};
      for (const [type, { example }] of entries(content)) {
        expect(example, `${name} ${type}`).toBeDefined();
        if (JSON.stringify(example).includes(UNKNOWN)) expect(description).toMatch(/\bids?\b/);
        const [, , , resource = ''] = path.split('/');
        const target = path.replace(UNKNOWN, ids[resource] ?? '');
        const sent = { 'content-type': type };
        const { status, body } = await catalogue.call(method, target, filled(example), key, sent);
        expect({ name, type, status, errors: body.errors }).toMatchObject({ errors: undefined });
        expect([400, 404, 415, 500]).not.toContain(status);
        if (path.endsWith('/import')) expect(body.counts).toMatchObject({ rejected: 0 });
      }
    }
  });
});

describe('every operation', () => {
  it('asks for a key unless the document says it is open', async () => {
    const send = ({ method, path }: Operation) => catalogue.call(method, path, undefined, '');
    const closed = await answers(({ isOpen }) => !isOpen, send);
    expect(closed).toEqual(each(closed, 401));
    const open = await answers(({ isOpen, hasBody }) => isOpen && !hasBody, send);
    expect(open).toEqual(each(open, 200));
    const entrances = await answers(({ isOpen, hasBody }) => isOpen && hasBody, send);
    expect(entrances).toEqual(each(entrances, 400));
  });

  it('refuses a viewer exactly where the document says so', async () => {
    const { key } = await addAccount(catalogue, 'viewer', 'viewer');
    // Where it is not documented, the contract would not let it pass.
    const found = await answers(
      ({ node, statuses }) => node['x-required-role'] !== 'viewer' && statuses.includes('403'),
      ({ method, path }) => catalogue.call(method, path, undefined, key),
    );
    expect(found).toEqual(each(found, 403));
    await answers(
      ({ isOpen, statuses }) => !isOpen && !statuses.includes('403'),
      ({ method, path }) => catalogue.call(method, path, undefined, key),
    );
  });

  it('refuses a body of another type, or one that is too long', async () => {
    const long = (path: string) => {
      const megabytes = path.endsWith('/import') ? 8 : path.endsWith('/invoke') ? 20 : 1;
      return JSON.stringify('x'.repeat(megabytes * 1_048_576));
    };
    const xml = { 'content-type': 'text/xml' };
    const typed = await answers(
      ({ hasBody }) => hasBody,
      ({ method, path }) => catalogue.call(method, path, '<a/>', undefined, xml),
    );
    expect(typed).toEqual(each(typed, 415));
    const sized = await answers(
      ({ hasBody }) => hasBody,
      ({ method, path }) => catalogue.call(method, path, long(path)),
    );
    expect(sized).toEqual(each(sized, 413));
  });
});
