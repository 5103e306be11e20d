import { createServer, type Server } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { faultOf } from '../../test/support/fault-of.js';
import { json, ScriptedProvider } from '../../test/support/scripted-provider.js';
import type { Answer } from './answer.js';
import { Egress, type EgressCall, type EgressOptions } from './egress.js';

const MB = 1024 * 1024;
const MESSAGE = { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'hi' } as const;
const IMPATIENT = {
  allowPrivate: true,
  timeouts: { connectMs: 200, firstByteMs: 150, totalMs: 400 },
};

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

let provider: ScriptedProvider;
let egress: Egress;

beforeEach(async () => {
  provider = await ScriptedProvider.start();
  egress = new Egress({ allowPrivate: true });
});

afterEach(async () => {
  await egress.close();
  await provider.close();
});

function send(address = provider.url, call: Partial<EgressCall> = {}): Promise<Answer> {
  return egress.fetch(address, MESSAGE, {
    signal: new AbortController().signal,
    streamed: true,
    ...call,
  });
}

async function use(options: EgressOptions): Promise<void> {
  await egress.close();
  egress = new Egress(options);
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

describe('Egress answers', () => {
  it('gives status, headers and body, whatever the status', async () => {
    provider.script = json({ ok: false }, 503, { 'x-request-id': 'r-1' });
    const response = await send();
    expect(response.status).toBe(503);
    expect(response.headers.get('x-request-id')).toBe('r-1');
    expect(JSON.parse(await response.text())).toEqual({ ok: false });
    expect(provider.lastRequest.headers['accept-encoding']).toBe('identity');
  });

  it('uses connections again', async () => {
    for (let call = 0; call < 20; call++) await (await send()).text();
    expect(provider.connections).toBeLessThanOrEqual(2);
  });

  it('opens a compressed body though it asked for none', async () => {
    provider.script = { headers: { 'content-encoding': 'gzip' }, body: [gzipSync('plain words')] };
    expect(await (await send()).text()).toBe('plain words');
  });

  it('gives an empty body for 204', async () => {
    provider.script = { status: 204 };
    expect(await (await send()).text()).toBe('');
  });

  it('ignores proxies of the environment', async () => {
    process.env.HTTP_PROXY = 'http://127.0.0.1:9';
    process.env.http_proxy = 'http://127.0.0.1:9';
    try {
      expect((await send()).status).toBe(200);
    } finally {
      delete process.env.HTTP_PROXY;
      delete process.env.http_proxy;
    }
  });
});

describe('Egress limits', () => {
  it('does not follow a redirect and names where it leads', async () => {
    provider.script = { status: 307, headers: { location: 'http://other.example/secret?k=v' } };
    const fault = await faultOf(send());
    expect(fault).toMatchObject({ category: 'CONFIGURATION_ERROR', status: 307 });
    expect(fault.message).toContain('other.example');
    expect(fault.message).not.toContain('secret');
    expect(provider.requests).toHaveLength(1);
  });

  it.each([
    ['sent plain', { body: Array.from({ length: 9 }, () => Buffer.alloc(MB, 'x')) }],
    [
      'hidden in a compressed body',
      { headers: { 'content-encoding': 'gzip' }, body: [gzipSync(Buffer.alloc(200 * MB))] },
    ],
  ])('stops at 8 MB %s', async (_, script) => {
    provider.script = script;
    const before = process.memoryUsage().rss;
    const fault = await faultOf((await send()).text());
    expect(fault).toMatchObject({ category: 'PROTOCOL_ERROR', code: 'RESPONSE_TOO_LARGE' });
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * MB);
    await provider.lastRequest.closed;
  });

  it('refuses endless headers, a broken compressed body and an encoding it does not know', async () => {
    provider.script = { headers: { 'x-long': 'x'.repeat(20_000) } };
    expect(await faultOf(send())).toMatchObject({ category: 'PROTOCOL_ERROR' });
    provider.script = { headers: { 'content-encoding': 'gzip' }, body: ['not gzip'] };
    const broken = await faultOf((await send()).text());
    expect(broken).toMatchObject({ category: 'PROTOCOL_ERROR', code: 'Z_DATA_ERROR' });
    provider.script = { headers: { 'content-encoding': 'exi' } };
    expect(await faultOf(send())).toMatchObject({ category: 'PROTOCOL_ERROR' });
  });

  it('gives up before the headers, in a stream after the first-byte limit', async () => {
    await use(IMPATIENT);
    provider.script = { silent: true };
    const fault = await faultOf(send());
    expect(fault).toMatchObject({ category: 'TIMEOUT', code: 'FIRST_BYTE_TIMEOUT' });
    const whole = await faultOf(send(provider.url, { streamed: false }));
    expect(whole).toMatchObject({ category: 'TIMEOUT', code: 'TOTAL_TIMEOUT' });
    provider.script = { body: ['a', 200, 'b'] };
    expect(await (await send()).text()).toBe('ab');
  });

  it('gives up within the body after the total limit, which a call may change', async () => {
    provider.script = { body: ['half'], ending: 'hang' };
    const fault = await faultOf((await send(provider.url, { totalMs: 250 })).text());
    expect(fault).toMatchObject({ category: 'TIMEOUT', code: 'TOTAL_TIMEOUT' });
    expect(fault.message).toContain('within 0.25 s');
    await provider.lastRequest.closed;
  });

  it('is not disturbed by many calls that hang', async () => {
    provider.script = (_, index) => (index < 64 ? { silent: true } : json({}));
    const stop = new AbortController();
    const hanging = Array.from({ length: 64 }, () =>
      faultOf(send(provider.url, { signal: stop.signal })),
    );
    while (provider.requests.length < 64) await pause(5);
    expect((await send()).status).toBe(200);
    stop.abort();
    const faults = await Promise.all(hanging);
    expect(faults.every(({ category }) => category === 'CANCELLED')).toBe(true);
  });
});

// Another try, since a busy machine can delay either end.
describe('Egress cancelled', { retry: 2 }, () => {
  it('asks nothing when the signal is already aborted', async () => {
    const fault = await faultOf(send(provider.url, { signal: AbortSignal.abort() }));
    expect(fault.category).toBe('CANCELLED');
    expect(provider.requests).toHaveLength(0);
  });

  it.each([
    ['before the headers', { silent: true }],
    ['within the body', { body: ['half'], ending: 'hang' }],
  ] as const)('closes the connection at once %s', async (_, script) => {
    provider.script = script;
    const stop = new AbortController();
    const work = faultOf(send(provider.url, { signal: stop.signal }).then((r) => r.text()));
    while (provider.requests.length === 0) await pause(5);
    await pause(20);
    const abortedAt = performance.now();
    stop.abort();
    expect((await work).category).toBe('CANCELLED');
    expect((await provider.lastRequest.closed) - abortedAt).toBeLessThan(100);
  });

  it('closes the connection when the body is cancelled', async () => {
    provider.script = { body: ['half'], ending: 'hang' };
    const response = await send();
    const cancelledAt = performance.now();
    response.body.cancel();
    expect((await provider.lastRequest.closed) - cancelledAt).toBeLessThan(100);
  });

  it('ends calls under way when it is closed', async () => {
    provider.script = { silent: true };
    const work = faultOf(send());
    while (provider.requests.length === 0) await pause(5);
    await pause(20);
    await egress.close();
    expect((await work).category).toBe('CANCELLED');
    expect((await faultOf(send())).category).toBe('CANCELLED');
  });
});

describe('Egress without a provider', () => {
  it('says that a connection is refused, or cut', async () => {
    const { url } = provider;
    provider.script = { body: ['half', 20], ending: 'cut' };
    expect((await faultOf((await send()).text())).category).toBe('NETWORK_ERROR');
    await provider.close();
    const fault = await faultOf(send(url));
    expect(fault).toMatchObject({ category: 'NETWORK_ERROR', code: 'ECONNREFUSED' });
    provider = await ScriptedProvider.start();
  });

  it('says that a name is unknown', async () => {
    await use({ allowPrivate: false });
    const fault = await faultOf(send('http://no-such-host.invalid/v1'));
    expect(fault.category).toBe('NETWORK_ERROR');
    expect(['ENOTFOUND', 'EAI_AGAIN']).toContain(fault.code);
  });

  it('says that TLS fails, or does not even begin', async () => {
    const tls = provider.url.replace('http:', 'https:');
    expect((await faultOf(send(tls))).category).toBe('NETWORK_ERROR');
    await use(IMPATIENT);
    const mute = createServer(() => undefined);
    const port = await listen(mute);
    const fault = await faultOf(
      send(`https://127.0.0.1:${String(port)}`, { totalMs: 30_000, streamed: false }),
    );
    expect(fault).toMatchObject({ category: 'TIMEOUT', code: 'UND_ERR_CONNECT_TIMEOUT' });
    mute.close();
  });

  it('says that what answers is not HTTP', async () => {
    const odd = createServer((socket) => socket.end('SSH-2.0-OpenSSH\r\n'));
    const port = await listen(odd);
    const fault = await faultOf(send(`http://127.0.0.1:${String(port)}`));
    expect(fault).toMatchObject({ category: 'PROTOCOL_ERROR' });
    odd.close();
  });
});

describe('Egress without private addresses', () => {
  it('connects neither to a private literal nor to a name that leads to one', async () => {
    await use({
      allowPrivate: false,
      resolve: (_name, _options, done) => done(null, [{ address: '127.0.0.1', family: 4 }]),
    });
    const literal = await faultOf(send(provider.url));
    expect(literal).toMatchObject({ category: 'CONFIGURATION_ERROR' });
    const named = await faultOf(send(`http://rebind.example:${String(provider.port)}/v1`));
    expect(named).toMatchObject({ category: 'CONFIGURATION_ERROR' });
    expect(named.message).toContain('rebind.example is a private or local address');
    expect(provider.connections).toBe(0);
  });
});
