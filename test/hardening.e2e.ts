import { connect, type Socket } from 'node:net';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Contract, type Node } from './support/contract.js';
import { MODEL, UNKNOWN } from './support/samples.js';
import { ADMIN_KEY, TestService } from './support/service.js';

const MODELS = '/api/v2/models';
const PAGE = 'https://console.example';

let catalogue: TestService;

beforeAll(async () => {
  catalogue = await TestService.start({ REQUEST_TIMEOUT_SECONDS: '2', ROLE: 'api' });
});

afterAll(() => catalogue.close());

function get(service: TestService, path: string, headers: Record<string, string> = {}) {
  const authorization = `Bearer ${ADMIN_KEY}`;
  return fetch(`${service.url}${path}`, { headers: { authorization, ...headers } });
}

/** What the server says on a connection, until it hangs up. */
async function said(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (data) => (text += data.toString()));
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('close', resolve));
  return text;
}

function open(service: TestService): Socket {
  const { hostname, port } = new URL(service.url);
  return connect(Number(port), hostname);
}

describe('headers of answers', () => {
  it('keep browsers from guessing types, framing and foreign scripts', async () => {
    const { headers } = await get(catalogue, `${MODELS}?limit=3`);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('SAMEORIGIN');
    expect(headers.get('strict-transport-security')).toMatch(/^max-age=\d+/);
    expect(headers.get('content-security-policy')).toMatch(
      /default-src 'self'.*script-src 'self';/,
    );
    expect(headers.get('x-powered-by')).toBeNull();
    // From memory: JSON, whose type is not guessed.
    const kept = await get(catalogue, `${MODELS}?limit=3`);
    expect(kept.headers.get('x-content-type-options')).toBe('nosniff');
    expect(kept.headers.get('x-frame-options')).toBeNull();
    const problem = await get(catalogue, `${MODELS}/${UNKNOWN}`);
    expect(problem.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('let the page of the documentation load all that it is made of', async () => {
    const page = await get(catalogue, '/docs');
    const policy = String(page.headers.get('content-security-policy'));
    expect(policy).not.toContain('upgrade-insecure-requests');
    const html = await page.text();
    const scripts = [...html.matchAll(/<script([^>]*)>([^]*?)<\/script>/g)];
    expect(scripts.length).toBeGreaterThan(2);
    for (const [, attributes = '', inline = ''] of scripts) {
      expect(inline.trim()).toBe(''); // script-src 'self' runs none
      const [, source = ''] = /src="([^"]*)"/.exec(attributes) ?? [];
      const script = await fetch(new URL(source, page.url));
      expect(script.status, source).toBe(200);
      expect(new URL(script.url).origin).toBe(catalogue.url);
    }
  });
});

describe('pages of other origins', () => {
  it('may read nothing, unless their origin is listed', async () => {
    const { headers } = await get(catalogue, MODELS, { origin: PAGE });
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });

  it('may read where their origin is listed, from memory too', async () => {
    const service = await TestService.start({ CORS_ORIGINS: `${PAGE}, https://other.example` });
    for (let again = 0; again < 3; again++) {
      const answer = await get(service, MODELS, { origin: PAGE });
      expect(answer.headers.get('access-control-allow-origin')).toBe(PAGE);
      expect(answer.headers.get('access-control-expose-headers')).toContain('ETag');
      expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
      const stranger = await get(service, MODELS, { origin: 'https://evil.example' });
      expect(stranger.headers.get('access-control-allow-origin')).toBeNull();
    }
    const preflight = await fetch(`${service.url}${MODELS}`, {
      method: 'OPTIONS',
      headers: { origin: PAGE, 'access-control-request-method': 'POST' },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-methods')).toContain('POST');
    await service.close();
  });
});

describe('slow and oversized requests', () => {
  it.each([
    ['headers', `GET ${MODELS} HTTP/1.1\r\nHost: x\r\n`, 'X-Slow: '],
    [
      'bodies',
      `POST ${MODELS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ADMIN_KEY}\r\n` +
        'Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n',
      '{"name":"slow"',
    ],
  ])('%s that come byte by byte are cut off, while others are served', async (_, head, rest) => {
    const socket = open(catalogue);
    const answer = said(socket);
    socket.write(head);
    const started = performance.now();
    let place = 0;
    const drip = setInterval(() => socket.write(rest.charAt(place++) || 'x'), 200);
    await expect.poll(() => place).toBeGreaterThan(1);
    expect((await get(catalogue, MODELS)).status).toBe(200);
    const text = await answer;
    clearInterval(drip);
    expect(text).toMatch(/^HTTP\/1\.1 408 /);
    expect(performance.now() - started).toBeLessThan(15_000);
  });

  it('headers of more than 16 KB are refused with a problem document', async () => {
    const socket = open(catalogue);
    const answer = said(socket);
    socket.write(`GET ${MODELS} HTTP/1.1\r\nHost: x\r\nX-Large: ${'x'.repeat(20_000)}\r\n\r\n`);
    const text = await answer;
    expect(text).toMatch(/^HTTP\/1\.1 431 /);
    expect(text).toContain('Content-Type: application/problem+json');
    expect(JSON.parse(text.split('\r\n\r\n')[1] ?? '')).toMatchObject({ status: 431 });
  });

  it('bodies of more than 1 MB are refused, by their length or as they come', async () => {
    const body = JSON.stringify({ ...MODEL, description: 'x'.repeat(1_100_000) });
    const answer = await catalogue.call('POST', MODELS, body);
    expect(answer.status).toBe(413);
    const chunked = await fetch(`${catalogue.url}${MODELS}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
      body: new Blob([body]).stream(),
      duplex: 'half',
    } as RequestInit);
    expect(chunked.status).toBe(413);
  });

  it('what is no HTTP is told so', async () => {
    const socket = open(catalogue);
    const answer = said(socket);
    socket.write('HELLO\r\n\r\n');
    expect(await answer).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe('the limit of requests', () => {
  it('is for each key, counts answers from memory, and says when to come back', async () => {
    const service = await TestService.start({ RATE_LIMIT_PER_MINUTE: '20' });
    const made = await service.call('POST', '/api/v2/api-keys', { name: 'one', role: 'viewer' });
    const key = String(made.body.key);
    const statuses: number[] = [];
    let last: Response | null = null;
    for (let count = 0; count < 25; count++) {
      last = await get(service, MODELS, { authorization: `Bearer ${key}` });
      statuses.push(last.status);
    }
    expect(statuses.filter((status) => status === 200)).toHaveLength(20);
    expect(statuses.slice(20)).toEqual([429, 429, 429, 429, 429]);
    expect(Number(last?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(last?.headers.get('ratelimit-policy')).toBe('"caller";q=20;w=60');
    expect(last?.headers.get('ratelimit')).toMatch(/^"caller";r=0;t=\d+$/);
    expect(last?.headers.get('content-type')).toMatch('application/problem+json');
    const other = await get(service, `${MODELS}?limit=9`); // not from memory
    expect(other.status).toBe(200);
    expect(other.headers.get('ratelimit-policy')).toBe('"caller";q=20;w=60');
    await service.close();
  });
});

describe('the address of a client', () => {
  const wrongKeys = async (service: TestService) => {
    const statuses = new Set<number>();
    for (let count = 0; count < 105; count++) {
      const headers = { authorization: 'Bearer wrong', 'x-forwarded-for': `10.1.2.${count}` };
      statuses.add((await get(service, MODELS, headers)).status);
    }
    return [...statuses];
  };

  it('is not what the client says it is', async () => {
    const service = await TestService.start();
    expect(await wrongKeys(service)).toEqual([401, 429]);
    await service.close();
  });

  it('is what a proxy says that is trusted', async () => {
    const service = await TestService.start({ TRUST_PROXY: '127.0.0.1' });
    expect(await wrongKeys(service)).toEqual([401]);
    await service.close();
  });
});

describe('field names that mean something to JavaScript', () => {
  const POISON = [
    '{"__proto__":{"polluted":true}}',
    '{"constructor":{"prototype":{"polluted":true}}}',
    '{"toString":"polluted","valueOf":1}',
    '{"\\u005f_proto__":{"polluted":true}}',
  ];

  it('are refused in every body, at the top and in every field of it', async () => {
    const contract = await Contract.of(catalogue.url);
    const wrong: string[] = [];
    let sent = 0;
    for (const { method, path, node } of contract.operations) {
      for (const [type, { schema }] of Object.entries(contentOf(contract, node))) {
        for (const body of poisoned(contract, schema)) {
          const response = await fetch(catalogue.url + path.replaceAll(/\{\w+\}/g, UNKNOWN), {
            method,
            headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': type },
            body,
          });
          sent++;
          // Rows of an import are judged one by one.
          const rejected = response.status === 200 && (await response.text()).includes('rejected');
          if (response.status !== 400 && !rejected && type !== 'application/x-ndjson') {
            wrong.push(`${method} ${path} ${body}: ${response.status}`);
          }
          expect(Object('x').polluted).toBeUndefined();
        }
      }
    }
    expect(sent).toBeGreaterThan(300);
    expect(wrong).toEqual([]);
  }, 120_000);

  function contentOf(contract: Contract, operation: Node): Record<string, Node> {
    const body = contract.resolve(operation.requestBody);
    return Object(body?.content);
  }

  function poisoned(contract: Contract, schema: unknown): string[] {
    const node = contract.resolve(schema);
    if (node?.type === 'array') {
      return poisoned(contract, node.items).map((row) => `[${row}]`);
    }
    const fields = Object.keys(Object(node?.properties));
    const within = fields.flatMap((name) =>
      POISON.slice(0, 3).map((poison) => `{${JSON.stringify(name)}:${poison}}`),
    );
    return [...POISON, ...within];
  }
});

it('ids are random: nobody finds a row by guessing', async () => {
  const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
  const ids: string[] = [];
  for (let count = 0; count < 3; count++) {
    ids.push(await catalogue.create(MODELS, { ...MODEL, name: `Model ${count}` }));
  }
  for (const id of ids) expect(id).toMatch(uuid);
});
