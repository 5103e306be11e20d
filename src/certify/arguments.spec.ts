import { describe, expect, it } from 'vitest';

import { readArguments } from './arguments.js';
import { Failure } from './failure.js';

const read = (line: string, env: Record<string, string> = {}) =>
  readArguments(line.split(' ').filter(Boolean), env);

describe('The arguments of certify', () => {
  it('say what, how and where', () => {
    const line =
      '--deployments a,b,a --region r1 --regions r2,r1 --profile deep --discover --force ' +
      '--max-cost 0.5 --url https://host/catalogue/?x=1 --key k1 --timeout 1.5 --json ' +
      '--junit out.xml --allow-warnings';
    expect(read(line, { MODEL_CATALOG_URL: 'http://other', MODEL_CATALOG_API_KEY: 'k2' })).toEqual({
      url: 'https://host/catalogue',
      key: 'k1',
      deployments: ['a', 'b'],
      request: {
        regions: ['r1', 'r2'],
        profile: 'deep',
        discover: true,
        force: true,
        maxCostUsd: 0.5,
      },
      timeoutMs: 1500,
      allowWarnings: true,
      json: true,
      junit: 'out.xml',
    });
  });

  it('leave to the server what they do not say', () => {
    expect(read('--deployment arn:aws:x/y')).toEqual({
      url: 'http://127.0.0.1:3000',
      key: null,
      deployments: ['arn:aws:x/y'],
      request: {},
      timeoutMs: 3_600_000,
      allowWarnings: false,
      json: false,
      junit: null,
    });
  });

  it('may come from the environment', () => {
    const env = { MODEL_CATALOG_URL: 'http://host:1/', MODEL_CATALOG_API_KEY: 'k2' };
    expect(read('--all', env)).toMatchObject({
      url: 'http://host:1',
      key: 'k2',
      deployments: null,
    });
  });

  it('may ask for help, whatever else is missing', () => {
    expect(read('--help')).toBeNull();
  });

  it.each([
    ['', '--all'],
    ['--deployment a --all', 'exactly one'],
    ['--deployment a --deployments b', 'exactly one'],
    ['--deployment', '--deployment'],
    ['--deployment=', '--deployment is empty'],
    ['--deployments ,', '--deployments names nothing'],
    ['--all --regions ,', '--regions names nothing'],
    ['--all --region=', '--region is empty'],
    ['--all --profile big', '--profile'],
    ['--all --max-cost x', '--max-cost'],
    ['--all --max-cost 0', '--max-cost'],
    ['--all --max-cost=', '--max-cost'],
    ['--all --timeout -1', '--timeout'],
    ['--all --timeout Infinity', '--timeout'],
    ['--all --timeout 604801', '--timeout'],
    ['--all --junit=', '--junit'],
    ['--all --url ftp://host', 'URL'],
    ['--all --url nowhere', 'URL'],
    ['--all --unknown', '--unknown'],
    ['--all --json=yes', '--json'],
  ])('are refused: %s', (line, words) => {
    expect(() => read(line)).toThrow(Failure);
    expect(() => read(line)).toThrow(words);
  });

  it.each([
    '--all canary',
    '--all --unknown=canary',
    '--all --unknown canary',
    '--all --key canary --timeout x',
    '--all --url http://user:canary@host',
    '--all --key canary\u0007',
  ])('show no secret: %s', (line) => {
    expect(() => read(line)).toThrow(Failure);
    expect(() => read(line)).toThrow(/^((?!canary)[^])*$/);
  });
});
