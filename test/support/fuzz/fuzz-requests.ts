import { isObject, type Contract, type Node, type Operation } from '../contract.js';
import { at, pick, type Random } from '../random.js';

/** A request as it is sent. */
export interface FuzzRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string | undefined;
  /** What is wrong with it, if anything. */
  readonly kinds: readonly string[];
}

const WORDS = [
  ...['', ' ', '\0', 'a\0b', '\ud800', '🦊', '‮', 'é'.repeat(300), 'x'.repeat(40_000), '%', '_'],
  ...[
    "' OR 1=1 --",
    '"; DROP TABLE base_models',
    '$1',
    '{}',
    '[]',
    '../../etc/passwd',
    '%00',
    '-0',
  ],
  ...['__proto__', 'constructor', 'toString', '${7*7}', '<script>', 'a\r\nb: c', '1e999', 'NaN'],
];
const VALUES: readonly unknown[] = [
  ...[null, true, 0, -1, 1.5, 1e308, -1e308, 2 ** 53, Number.MIN_VALUE, [], {}, [[]], [null]],
  ...[{ __proto: 1 }, JSON.parse('{"__proto__":{"x":1}}'), { constructor: { prototype: {} } }],
  ...['2026-02-30', '0000-00-00', '+275761-01-01', 'us-east-1', 'arn:aws:bedrock:::x'],
  ...WORDS,
];

const HEADERS: readonly (readonly [name: string, value: string])[] = [
  ['if-none-match', '*'],
  ['if-match', 'W/"x", "y"'],
  ['if-match', '"'.repeat(5_000)],
  ['x-request-id', 'x'.repeat(9_000)],
  ['idempotency-key', 'k'.repeat(256)],
  ['accept', 'text/event-stream'],
  ['last-event-id', '9'.repeat(99)],
  ['range', 'bytes=0-1'],
  ['x-forwarded-for', '::1, x'],
  ['origin', 'null'],
  ['accept-encoding', 'x;q=9'],
  ['cookie', 'a=b; '.repeat(900)],
  ['content-encoding', 'gzip'],
  ['expect', 'x'],
];

/** Makes random requests to every operation of a document: what clients never should send. */
export class FuzzRequests {
  private readonly operations: readonly Operation[];
  private kinds: string[] = [];
  private turn = 0;

  /** @param ids of rows there are; @param keys to speak by */
  constructor(
    private readonly contract: Contract,
    private readonly random: Random,
    private readonly ids: readonly string[],
    private readonly keys: readonly string[],
  ) {
    this.operations = contract.operations;
  }

  /** The next request, to the operations in turns, so that none is left out. */
  next(): FuzzRequest {
    const { method, path, node } = at(this.operations, this.turn++);
    this.kinds = [];
    const filled = path.replaceAll(/\{\w+\}/g, () =>
      this.random() < 0.6 ? this.pick(this.ids) : encoded(this.pick(WORDS).slice(0, 3_000)),
    );
    const address = filled + this.query(node);
    const body = method === 'GET' ? undefined : this.body(node);
    const headers: Record<string, string> = { ...this.header() };
    const key = this.pick(this.keys);
    if (key !== '') headers.authorization = `Bearer ${key}`;
    if (body !== undefined) {
      headers['content-type'] = this.pick([
        ...Array.from({ length: 20 }, () => 'application/json'),
        ...['application/merge-patch+json', 'application/x-ndjson', 'text/plain', 'x'],
      ]);
      headers['content-length'] = String(Buffer.byteLength(body));
    }
    return { method, path: address, headers, body, kinds: this.kinds };
  }

  private query({ parameters }: Node): string {
    if (this.random() < 0.3) return '';
    const known = (Array.isArray(parameters) ? parameters : [])
      .filter((one) => isObject(one) && one.in === 'query')
      .map((one) => String(Object(one).name));
    const names = [...known, ...known, 'x', '__proto__', 'limit[]', 'sort'];
    const pairs = Array.from({ length: 1 + Math.floor(this.random() * 3) }, () => {
      const value = this.random() < 0.3 ? this.pick(this.ids) : this.pick(WORDS).slice(0, 2_000);
      return `${encoded(this.pick(names))}=${encoded(value)}`;
    });
    this.kinds.push('query');
    return `?${pairs.join('&')}`;
  }

  private header(): Record<string, string> {
    if (this.random() > 0.15) return {};
    this.kinds.push('header');
    const [name, value] = this.pick(HEADERS);
    return { [name]: value };
  }

  private body(node: Node): string | undefined {
    const content: unknown = this.contract.resolve(node.requestBody)?.content;
    const [first] = Object.values(Object(content));
    const valid = this.valid(isObject(first) ? first.schema : { type: 'object' }, 0);
    const draw = this.random();
    if (draw < 0.25) return this.kind('valid', JSON.stringify(valid));
    if (draw < 0.7) return this.kind('wrong type', JSON.stringify(this.spoilt(valid)) ?? '');
    if (draw < 0.8) {
      const text = JSON.stringify(valid);
      const cut = Math.floor(this.random() * text.length);
      return this.kind(
        'malformed',
        `${text.slice(0, cut)}${this.pick(['', '}', '\0', '\\', ',,'])}`,
      );
    }
    if (draw < 0.86) {
      const levels = this.pick([10, 33, 500, 5_000, 90_000]);
      return this.kind('nested', `${'{"a":['.repeat(levels)}1${']}'.repeat(levels)}`);
    }
    if (draw < 0.92) {
      const number = this.pick([
        '1e400',
        '-1e400',
        '9'.repeat(400),
        '0.'.padEnd(400, '1'),
        '1E-999',
      ]);
      const text = JSON.stringify(valid).replaceAll(/:\d+(\.\d+)?/g, `:${number}`);
      return this.kind('huge number', text);
    }
    if (draw < 0.94) return this.kind('oversize', `{"name":"${'x'.repeat(1_100_000)}"}`);
    if (draw < 0.97) return undefined;
    return this.kind('not JSON', this.pick(WORDS));
  }

  private kind(name: string, body: string): string {
    this.kinds.push(name);
    return body;
  }

  /** A value that the schema allows, or nearly. */
  private valid(schema: unknown, depth: number): unknown {
    const node = this.contract.resolve(schema) ?? {};
    if (node.example !== undefined && this.random() < 0.5) return node.example;
    if (Array.isArray(node.enum)) return this.pick(node.enum as unknown[]);
    if (Array.isArray(node.oneOf)) return this.valid(this.pick(node.oneOf as unknown[]), depth);
    const type: unknown = Array.isArray(node.type) ? node.type[0] : node.type;
    if (type === 'array') return [this.valid(node.items, depth + 1)];
    if (type === 'boolean') return this.random() < 0.5;
    if (type === 'integer' || type === 'number') return Number(node.minimum ?? 1) + 1;
    if (type === 'string') return node.format === 'uuid' ? this.pick(this.ids) : this.text(node);
    if (depth > 5) return {};
    return Object.fromEntries(
      Object.entries(Object(node.properties)).flatMap(([name, field]) =>
        this.random() < 0.8 ? [[name, this.valid(field, depth + 1)]] : [],
      ),
    );
  }

  private text({ format }: Node): string {
    if (format === 'date-time') return '2026-01-31T00:00:00Z';
    if (format === 'uri') return 'http://127.0.0.1:9/v1';
    return `n${Math.floor(this.random() * 1e9).toString(36)}`;
  }

  /** With another value in one place. */
  private spoilt(value: unknown): unknown {
    if (typeof value !== 'object' || value === null || this.random() < 0.2)
      return this.pick(VALUES);
    if (Array.isArray(value)) return value.map((one) => this.spoilt(one));
    const entries = Object.entries(value);
    const [chosen] = this.pick(entries.length > 0 ? entries : [['a', 1] as [string, unknown]]);
    return { ...value, [chosen]: this.spoilt(Reflect.get(value, chosen)) };
  }

  private pick<T>(from: readonly T[]): T {
    return pick(this.random, from);
  }
}

/** As part of a URL; halves of surrogate pairs cannot be. */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed()) || '%20';
}
