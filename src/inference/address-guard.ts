import { lookup, type LookupAddress, type LookupAllOptions } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { InferenceError } from './inference-error.js';

const NOT_PUBLIC_V4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10], // carrier NAT
  ['127.0.0.0', 8],
  ['168.63.129.16', 32], // Azure's platform address
  ['169.254.0.0', 16], // link-local: the clouds' metadata services
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3], // multicast, reserved, broadcast
] as const;

/** Only 2000::/3 is public; the rest holds loopback, IPv4-mapped, NAT64, unique-local, link-local. */
const NOT_PUBLIC_V6 = [
  ['::', 3],
  ['4000::', 2],
  ['8000::', 1],
  ['2001::', 23], // Teredo and other special uses
  ['2001:db8::', 32],
  ['2002::', 16], // 6to4 carries an IPv4 address
  ['3fff::', 20],
] as const;

// Two lists: a list with ::/3 would match every IPv4 address through its mapped form.
const notPublicV4 = new BlockList();
for (const [net, bits] of NOT_PUBLIC_V4) notPublicV4.addSubnet(net, bits, 'ipv4');
const notPublicV6 = new BlockList();
for (const [net, bits] of NOT_PUBLIC_V6) notPublicV6.addSubnet(net, bits, 'ipv6');

/** Whether an IP address lies in the public internet. */
export function isPublicAddress(address: string): boolean {
  const bare = address.split('%', 1)[0] ?? '';
  const family = isIP(bare);
  if (family === 4) return !notPublicV4.check(bare, 'ipv4');
  return family === 6 && !notPublicV6.check(bare, 'ipv6');
}

/**
 * The parsed address, when it may be called.
 *
 * @throws InferenceError CONFIGURATION_ERROR when it is no http(s) URL, carries a user name or
 * password, or names a private host while `allowPrivate` is false.
 */
export function allowedUrl(address: string | URL, allowPrivate: boolean): URL {
  const url = address instanceof URL ? address : parsed(address);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw refusal(`The provider address must begin with http: or https:, not ${url.protocol}`);
  }
  if (url.username !== '' || url.password !== '') {
    throw refusal('The provider address must not carry a user name or a password.');
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (!allowPrivate && !(isIP(host) === 0 ? !isLocalName(host) : isPublicAddress(host))) {
    throw privateHost(url.hostname);
  }
  return url;
}

/** Finds all addresses of a name, as {@link lookup} does. */
export type Resolve = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * A DNS lookup for sockets that fails when a name leads to any address that is not public. Sockets
 * never call it for an address written as an IP: {@link allowedUrl} judges those.
 */
export function guardLookup(resolve: Resolve = lookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      const first = error === null ? addresses[0] : undefined;
      if (first === undefined) {
        callback(error ?? refusal(`${hostname} has no address.`), '', 0);
      } else if (!addresses.every(({ address }) => isPublicAddress(address))) {
        callback(privateHost(hostname), '', 0);
      } else if (options.all === true) {
        callback(null, addresses);
      } else {
        callback(null, first.address, first.family);
      }
    });
  };
}

function parsed(address: string): URL {
  try {
    return new URL(address);
  } catch {
    throw refusal('The provider address is not a URL.');
  }
}

function isLocalName(host: string): boolean {
  return /(?:^|\.)localhost\.?$/.test(host);
}

function privateHost(host: string): InferenceError {
  return refusal(
    `${host} is a private or local address, which this service does not call unless ` +
      'ALLOW_PRIVATE_PROVIDERS is set.',
  );
}

function refusal(message: string): InferenceError {
  return new InferenceError('CONFIGURATION_ERROR', message);
}

/** The host an address names; empty when it is none. */
export function hostOf(address: string): string {
  return URL.canParse(address) ? new URL(address).hostname : '';
}
