import { describe, expect, it } from 'vitest';
import { allowedUrl, guardLookup, isPublicAddress } from './address-guard.js';
import { InferenceError } from './inference-error.js';

const answering = (...found: string[]) =>
  guardLookup((_name, _options, done) => {
    done(
      null,
      found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  });

const ask = (lookup: ReturnType<typeof guardLookup>, all: boolean) =>
  new Promise((resolve, reject) => {
    lookup('name.example', { all }, (error, address, family) => {
      if (error === null) resolve(all ? address : { address, family });
      else reject(error);
    });
  });

function refusalOf(address: string, allowPrivate = false): InferenceError | null {
  try {
    allowedUrl(address, allowPrivate);
    return null;
  } catch (error) {
    if (error instanceof InferenceError) return error;
    throw error;
  }
}

describe('isPublicAddress', () => {
  it.each(['8.8.8.8', '1.1.1.1', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '2a00::1'])(
    'takes %s',
    (address) => expect(isPublicAddress(address)).toBe(true),
  );

  it.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '100.100.100.200',
    '127.0.0.1',
    '127.255.255.254',
    '168.63.129.16',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.0.1',
    '198.19.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:8.8.8.8',
    '::ffff:127.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b:1::1',
    '2001::1',
    '2002:7f00:1::',
    'fc00::1',
    'fd00:ec2::254',
    'fe80::1',
    'fe80::1%eth0',
    'ff02::1',
    'not an address',
  ])('refuses %s', (address) => expect(isPublicAddress(address)).toBe(false));
});

describe('allowedUrl', () => {
  it.each([
    'http://2852039166/v1',
    'http://0xa9fea9fe/v1',
    'http://0251.0376.0251.0376/v1',
    'http://127.1/v1',
    'http://１２７.０.０.１/v1',
    'http://127.0.0.1./v1',
    'http://[::1]/v1',
    'http://[::ffff:169.254.169.254]/v1',
    'http://[64:ff9b::a9fe:a9fe]/v1',
    'http://localhost/v1',
    'http://LOCALHOST./v1',
    'http://api.localhost/v1',
  ])('refuses the private host %s unless it is allowed', (address) => {
    const refusal = refusalOf(address);
    expect(refusal?.category).toBe('CONFIGURATION_ERROR');
    expect(refusal?.message).toContain('private or local address');
    expect(refusalOf(address, true)).toBeNull();
  });

  it.each([
    ['ftp://example.com', 'must begin with http: or https:'],
    ['file:///etc/passwd', 'must begin with http: or https:'],
    ['https://user:secret@example.com', 'must not carry a user name'],
    ['example.com/v1', 'is not a URL'],
  ])('refuses %s even where private hosts are allowed', (address, words) => {
    const refusal = refusalOf(address, true);
    expect(refusal?.message).toContain(words);
    expect(refusal?.message).not.toContain('secret');
  });

  it('takes public names and addresses', () => {
    expect(refusalOf('https://api.openai.com/v1')).toBeNull();
    expect(refusalOf('https://8.8.8.8:8443/v1')).toBeNull();
    expect(refusalOf('https://localhost.example.com/v1')).toBeNull();
  });
});

describe('guardLookup', () => {
  it('answers with public addresses in the form that was asked for', async () => {
    const lookup = answering('8.8.8.8', '2606:4700::1111');
    expect(await ask(lookup, false)).toEqual({ address: '8.8.8.8', family: 4 });
    expect(await ask(lookup, true)).toHaveLength(2);
  });

  it('fails when any of the addresses is private, or there is none', async () => {
    await expect(ask(answering('8.8.8.8', '127.0.0.1'), true)).rejects.toThrow(
      'name.example is a private or local address',
    );
    await expect(ask(answering('10.0.0.1'), false)).rejects.toBeInstanceOf(InferenceError);
    await expect(ask(answering(), true)).rejects.toThrow('no address');
  });
});
