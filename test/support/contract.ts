import { readFile } from 'node:fs/promises';

import addFormats from 'ajv-formats';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

/** An answer that the OpenAPI document does not promise. */
export class ContractViolation extends Error {}

const METHODS = new Set(['get', 'put', 'post', 'patch', 'delete']);

/** One of the document's operations. */
export interface Operation {
  /** In capitals. */
  readonly method: string;
  /** With its parameters in braces. */
  readonly path: string;
  readonly node: Node;
}

/** What a service promises by its OpenAPI document; holds its answers to it. */
export class Contract {
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true });
  private readonly validators = new Map<unknown, ValidateFunction>();
  private readonly components: Node;
  private readonly templates: readonly string[];

  constructor(readonly document: Node) {
    addFormats.default(this.ajv);
    this.components = object(closed(document.components));
    // The fewer parameters the better a template fits: `/a/b` comes before `/a/{id}`.
    this.templates = Object.keys(object(document.paths)).toSorted(
      (one, other) => one.split('{').length - other.split('{').length,
    );
  }

  /** The contract of a running service: its own document; a worker serves none. */
  static async of(url: string): Promise<Contract> {
    const response = await fetch(`${url}/openapi.json`);
    const text = response.ok
      ? await response.text()
      : await readFile('docs/api/openapi.json', 'utf8');
    return new Contract(object(JSON.parse(text)));
  }

  /** All that the document describes. */
  get operations(): Operation[] {
    return Object.entries(object(this.document.paths)).flatMap(([path, methods]) =>
      Object.entries(object(methods))
        .filter(([method]) => METHODS.has(method))
        .map(([method, node]) => ({ method: method.toUpperCase(), path, node: object(node) })),
    );
  }

  /** @throws ContractViolation when the document does not promise this answer */
  async check(request: Request, response: Response): Promise<void> {
    const { pathname } = new URL(request.url);
    if (/^\/(docs(\/|$)|openapi\.json$)/.test(pathname)) return;
    const isHead = request.method === 'HEAD';
    const found = this.find(isHead ? 'GET' : request.method, pathname);
    if (!found) {
      if (response.status === 404) return; // an unknown route
      throw new ContractViolation(
        `${request.method} ${pathname} answered ${response.status}; no operation is documented.`,
      );
    }
    const fault = await this.faultOf(found.operation, response, isHead);
    if (fault === null) return;
    const { template } = found;
    throw new ContractViolation(
      `${request.method} ${template} answered ${response.status} against its document: ${fault}.`,
    );
  }

  /** What is wrong with a value of a schema of the document; null: nothing. */
  faultOfValue(schema: unknown, value: unknown): string | null {
    let validate = this.validators.get(schema);
    if (!validate) {
      validate = this.ajv.compile({ ...object(closed(schema)), components: this.components });
      this.validators.set(schema, validate);
    }
    if (validate(value)) return null;
    return (validate.errors ?? [])
      .map(({ instancePath, message, params }) =>
        [instancePath || 'the body', message, JSON.stringify(params)].join(' '),
      )
      .join('; ');
  }

  /** Follows a `$ref` to its place in the document. */
  resolve(node: unknown): Node | null {
    if (!isObject(node)) return null;
    const { $ref } = node;
    if (typeof $ref !== 'string') return node;
    const keys = $ref.replace(/^#\//, '').split('/');
    return this.resolve(keys.reduce<unknown>((at, key) => object(at)[key], this.document));
  }

  private find(method: string, path: string): { template: string; operation: Node } | null {
    const template = this.templates.find((one) => fits(path, one));
    if (template === undefined) return null;
    const operation = object(object(this.document.paths)[template])[method.toLowerCase()];
    return isObject(operation) ? { template, operation } : null;
  }

  private async faultOf(
    operation: Node,
    response: Response,
    isHead: boolean,
  ): Promise<string | null> {
    const answer = this.resolve(object(operation.responses)[String(response.status)]);
    if (!answer) return 'the status is not documented';
    for (const [name, header] of Object.entries(object(answer.headers ?? {}))) {
      if (this.resolve(header)?.required === true && !response.headers.has(name)) {
        return `the header ${name} is missing`;
      }
    }
    const type = response.headers.get('content-type')?.split(';')[0] ?? 'none';
    if (answer.content === undefined) {
      const text = await response.clone().text();
      return text === '' ? null : `a body of type ${type} is not documented`;
    }
    const content = object(answer.content)[type];
    if (!isObject(content)) return `the content type ${type} is not documented`;
    if (isHead) return null;
    if (type === 'text/event-stream') return this.faultOfEvents(content.schema, response);
    if (!/^application\/(\w+\+)?json$/.test(type)) return null;
    const text = await response.clone().text();
    return this.faultOfValue(content.schema, JSON.parse(text));
  }

  /** A stream is read to its end. */
  private async faultOfEvents(schema: unknown, response: Response): Promise<string | null> {
    const events = eventsOf(await response.clone().text());
    return this.faultOfValue(object(schema).contentSchema, events);
  }
}

/** An event of a stream, its data parsed. */
export interface StreamedEvent {
  readonly event: string;
  readonly data: unknown;
}

/** The server-sent events of a text, without the comments. @throws Error when it breaks off */
export function eventsOf(text: string): StreamedEvent[] {
  const blocks = text.split('\n\n');
  if (blocks.pop() !== '') throw new Error(`The stream breaks off: ${text.slice(-100)}`);
  return blocks
    .filter((block) => !block.startsWith(':'))
    .map((block) => {
      const [, event = '', data = ''] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? [];
      return { event, data: JSON.parse(data) as unknown };
    });
}

function fits(path: string, template: string): boolean {
  const parts = path.split('/');
  const wanted = template.split('/');
  return (
    parts.length === wanted.length &&
    wanted.every((part, index) => part === parts[index] || (part.startsWith('{') && parts[index]))
  );
}

export type Node = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function object(value: unknown): Node {
  if (isObject(value)) return value;
  throw new Error(`Unexpected in the OpenAPI document: ${String(JSON.stringify(value))}`);
}

/**
 * The schemas with every object closed: clients must bear fields they do not know, but this service
 * sends none that it does not document.
 */
function closed(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(closed);
  if (!isObject(node)) return node;
  const copy = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, closed(value)]));
  return isObject(copy.properties) ? { additionalProperties: false, ...copy } : copy;
}
