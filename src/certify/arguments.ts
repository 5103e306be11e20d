import { parseArgs } from 'node:util';

import type { components } from '../../docs/api/openapi.js';
import { errorCode } from '../shared/error-code.js';
import { Failure } from './failure.js';

type Request = components['schemas']['CertificationRequest'];
type Profile = components['schemas']['CertificationProfile'];

const PROFILES: readonly Profile[] = ['smoke', 'standard', 'deep'];
const DEFAULT_URL = 'http://127.0.0.1:3000';
const DEFAULT_TIMEOUT_SECONDS = 3_600;
/** A week; timers count no further than 24 days. */
const MAX_TIMEOUT_SECONDS = 604_800;

export const HELP = `Certifies deployments by a running catalogue, and waits for the verdicts.

  npm run certify -- --deployment ID [--region REGION]

What
  --deployment ID          a deployment: its id here, or its id at the provider
  --deployments ID,ID      several
  --all                    every active deployment
  --region REGION          only in this region; --regions REGION,REGION: only in these
How
  --profile PROFILE        smoke, standard (default) or deep
  --discover               also try what is not declared
  --force                  run even where a certificate still stands
  --max-cost USD           what one run may cost at most, in US dollars
  --timeout SECONDS        how long to wait for all verdicts, those of runs that are tried
                           again later too (default ${DEFAULT_TIMEOUT_SECONDS})
  --allow-warnings         QUALITY_WARNING is good enough
Where
  --url URL                the catalogue (default MODEL_CATALOG_URL, else ${DEFAULT_URL})
  --key KEY                its API key; better: MODEL_CATALOG_API_KEY, for others see arguments
Result
  --json                   one JSON document on stdout in place of the table
  --junit FILE             also write JUnit XML
  --help                   this text

Exit code  0 all are certified · 1 at least one is not · 2 it could not be told · 130 interrupted
`;

/** What the command is to do. */
export interface Settings {
  /** Without a slash at the end. */
  readonly url: string;
  readonly key: string | null;
  /** Ids here or at the provider; null: all deployments. */
  readonly deployments: readonly string[] | null;
  /** What is asked for besides the deployments. */
  readonly request: Omit<Request, 'deploymentId' | 'deploymentIds' | 'all'>;
  readonly timeoutMs: number;
  readonly allowWarnings: boolean;
  readonly json: boolean;
  /** A file to write; null: none. */
  readonly junit: string | null;
}

const OPTIONS = {
  deployment: { type: 'string' },
  deployments: { type: 'string' },
  all: { type: 'boolean' },
  region: { type: 'string' },
  regions: { type: 'string' },
  profile: { type: 'string' },
  discover: { type: 'boolean' },
  force: { type: 'boolean' },
  'max-cost': { type: 'string' },
  url: { type: 'string' },
  key: { type: 'string' },
  timeout: { type: 'string' },
  json: { type: 'boolean' },
  junit: { type: 'string' },
  'allow-warnings': { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

/**
 * @returns null when help is asked for
 * @throws Failure naming the argument that is wrong, and never the key
 */
export function readArguments(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Settings | null {
  const given = parse(args);
  if (given.help) return null;
  return {
    url: urlIn(given.url ?? (env.MODEL_CATALOG_URL || DEFAULT_URL)),
    key: keyIn(given.key ?? (env.MODEL_CATALOG_API_KEY || null)),
    deployments: deploymentsIn(given),
    request: requestIn(given),
    timeoutMs: 1000 * timeoutIn(given.timeout),
    allowWarnings: given['allow-warnings'] ?? false,
    json: given.json ?? false,
    junit: given.junit === undefined ? null : filled('--junit', given.junit),
  };
}

type Given = ReturnType<typeof parse>;

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    throw new Failure(`${whatIsWrong(error)} See --help.`);
  }
}

/** Node repeats an argument that stands alone; it could be the key. */
function whatIsWrong(error: unknown): string {
  if (!(error instanceof Error)) return 'The arguments are wrong.';
  if (errorCode(error) === 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL') {
    return 'An argument belongs to no option.';
  }
  const [sentence = ''] = error.message.split(/\. |\n/);
  return `${sentence.replace(/\.$/, '')}.`;
}

function deploymentsIn({ deployment, deployments, all }: Given): readonly string[] | null {
  const asked = [deployment, deployments, all].filter((one) => one !== undefined);
  if (asked.length !== 1) {
    throw new Failure('Give exactly one of --deployment, --deployments and --all. See --help.');
  }
  if (deployment !== undefined) return [filled('--deployment', deployment)];
  return deployments === undefined ? null : listIn('--deployments', deployments);
}

function requestIn(given: Given): Settings['request'] {
  const { region, regions, profile, discover, force, 'max-cost': maxCost } = given;
  const where = [
    ...(region === undefined ? [] : [filled('--region', region)]),
    ...(regions === undefined ? [] : listIn('--regions', regions)),
  ];
  return {
    ...(where.length > 0 && { regions: [...new Set(where)] }),
    ...(profile !== undefined && { profile: profileIn(profile) }),
    ...(discover && { discover }),
    ...(force && { force }),
    ...(maxCost !== undefined && { maxCostUsd: positive('--max-cost', maxCost) }),
  };
}

function profileIn(text: string): Profile {
  const profile = PROFILES.find((one) => one === text);
  if (profile) return profile;
  throw new Failure(`--profile must be one of: ${PROFILES.join(', ')}.`);
}

function timeoutIn(text: string | undefined): number {
  if (text === undefined) return DEFAULT_TIMEOUT_SECONDS;
  const seconds = positive('--timeout', text);
  if (seconds <= MAX_TIMEOUT_SECONDS) return seconds;
  throw new Failure(`--timeout must be at most ${MAX_TIMEOUT_SECONDS} seconds.`);
}

/** An address may hold a password: it is not repeated. */
function urlIn(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.username || url.password) {
    throw new Failure('The address of the catalogue must be an http or https URL, without a user.');
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

function keyIn(key: string | null): string | null {
  if (key === null || /^[\x21-\x7e]+$/.test(key)) return key;
  throw new Failure('The API key must be visible ASCII characters.');
}

function listIn(name: string, text: string): string[] {
  const values = text.split(',').flatMap((one) => one.trim() || []);
  if (values.length > 0) return [...new Set(values)];
  throw new Failure(`${name} names nothing.`);
}

function filled(name: string, text: string): string {
  if (text.trim() !== '') return text.trim();
  throw new Failure(`${name} is empty.`);
}

function positive(name: string, text: string): number {
  const value = text.trim() === '' ? NaN : Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new Failure(`${name} must be a number greater than 0.`);
}
