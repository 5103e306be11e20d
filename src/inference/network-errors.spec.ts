import { describe, expect, it } from 'vitest';
import { InferenceError } from './inference-error.js';
import { networkFault } from './network-errors.js';

const withCode = (code: string): Error => Object.assign(new Error('secret detail'), { code });

describe('networkFault', () => {
  it.each([
    ['ECONNREFUSED', 'NETWORK_ERROR'],
    ['ECONNRESET', 'NETWORK_ERROR'],
    ['EPIPE', 'NETWORK_ERROR'],
    ['UND_ERR_SOCKET', 'NETWORK_ERROR'],
    ['ENOTFOUND', 'NETWORK_ERROR'],
    ['EAI_AGAIN', 'NETWORK_ERROR'],
    ['EHOSTUNREACH', 'NETWORK_ERROR'],
    ['ENETUNREACH', 'NETWORK_ERROR'],
    ['CERT_HAS_EXPIRED', 'NETWORK_ERROR'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'NETWORK_ERROR'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'NETWORK_ERROR'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'NETWORK_ERROR'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'NETWORK_ERROR'],
    ['ETIMEDOUT', 'TIMEOUT'],
    ['UND_ERR_CONNECT_TIMEOUT', 'TIMEOUT'],
    ['UND_ERR_HEADERS_TIMEOUT', 'TIMEOUT'],
    ['UND_ERR_BODY_TIMEOUT', 'TIMEOUT'],
    ['UND_ERR_HEADERS_OVERFLOW', 'PROTOCOL_ERROR'],
    ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'PROTOCOL_ERROR'],
    ['HPE_INVALID_CONSTANT', 'PROTOCOL_ERROR'],
    ['Z_DATA_ERROR', 'PROTOCOL_ERROR'],
    ['UND_ERR_DESTROYED', 'CANCELLED'],
    ['UND_ERR_CLOSED', 'CANCELLED'],
    ['UND_ERR_ABORTED', 'CANCELLED'],
    ['E_NEW_AND_STRANGE', 'UNKNOWN_ERROR'],
  ])('%s is %s', (code, category) => {
    const fault = networkFault(withCode(code), 'api.example.com');
    expect(fault).toMatchObject({ category, code });
    expect(fault.message).toMatch(/^api\.example\.com .+\.$/);
    expect(fault.message).not.toContain('secret');
  });

  it('looks down the causes, as behind "terminated" and "fetch failed"', () => {
    const error = new TypeError('terminated', { cause: withCode('UND_ERR_SOCKET') });
    expect(networkFault(error, 'h')).toMatchObject({ category: 'NETWORK_ERROR' });
    const tried = new AggregateError([withCode('ECONNREFUSED'), withCode('ECONNREFUSED')]);
    expect(networkFault(tried, 'h')).toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('passes our own errors through and keeps what it does not know', () => {
    const own = new InferenceError('CANCELLED', 'x');
    expect(networkFault(new Error('wrapped', { cause: own }), 'h')).toBe(own);
    const strange = new Error('strange');
    expect(networkFault(strange, 'h')).toMatchObject({ category: 'UNKNOWN_ERROR', cause: strange });
  });
});
