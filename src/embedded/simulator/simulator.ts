import {
  LLMock,
  type ChatCompletionRequest,
  type FixtureResponse,
  type Mountable,
} from '@copilotkit/aimock';

import { read } from './asked.js';
import { plainly, SKILLS, tooLong, type SkillName } from './skills.js';
import { Reporting } from './reporting.js';

/** The deployments the simulated provider hosts, by their id there. */
export const SIMULATED = {
  /** Does all it is asked. */
  honest: 'sim-honest-1',
  /** Answers in prose when it is offered a tool. */
  lying: 'sim-lying-1',
  /** Answers every request with 429. */
  throttling: 'sim-throttling-1',
} as const;

/** What a deployment may lack: a skill of its model, or a manner of the provider. */
const MANNERS = ['basicChat', 'streaming', 'usageReporting', 'promptCaching'] as const;
export type Lack = SkillName | (typeof MANNERS)[number];

/** A deployment that lacks one thing and has all others. */
export function lackingModel(lack: Lack): string {
  return `sim-without-${lack}`;
}

const LACKS: Readonly<Record<string, readonly Lack[]>> = {
  [SIMULATED.honest]: [],
  [SIMULATED.lying]: ['functionCalling', 'streamingToolUse'],
};
/** Of the deployment that cannot give answers as long as it says. */
const SHORTER_ANSWER = 4_096;

const MODEL_NOT_FOUND = {
  error: {
    message: 'The model does not exist or you do not have access to it.',
    type: 'invalid_request_error',
    code: 'model_not_found',
  },
};

/** Time to the first token and tokens per second of a simulated stream. */
const PACE = { ttft: 60, tps: 400 };

/** A chunk that holds every answer whole. */
const WHOLE = 1_000_000;

/** A running simulated provider that speaks OpenAI's protocol, and OpenRouter's kind of it. */
export interface Simulator {
  /** Base URL for a provider row. */
  readonly baseUrl: string;
  /** The same models in OpenRouter's manner: it alone tells how many tokens came from a cache. */
  readonly openRouterUrl: string;
  stop(): Promise<void>;
}

/**
 * Starts the simulated provider on a local port.
 * @param port left out: any that is free
 * @throws Error when the port is taken
 */
export async function startSimulator(port = 0): Promise<Simulator> {
  const mock = new LLMock({ port, logLevel: 'silent', journalMaxEntries: 100 });
  mock.on(
    { model: SIMULATED.throttling },
    {
      error: {
        message: 'Rate limit reached for requests',
        type: 'rate_limit_error',
        code: 'rate_limit_exceeded',
      },
      status: 429,
      retryAfter: 1,
    },
  );
  const lacks = new Map([
    ...Object.entries(LACKS),
    ...[...skillNames(), ...MANNERS].map((lack) => [lackingModel(lack), [lack]] as const),
  ]);
  for (const [model, lacking] of lacks) {
    const reporting = new Reporting(lacking);
    mock.on({ model }, (request) => answer(request, lacking, reporting), {
      streamingProfile: PACE,
      chunkSize: lacking.includes('streaming') ? WHOLE : 4,
    });
  }
  const list = models([...lacks.keys(), SIMULATED.throttling]);
  mock.mount('/v1/models', list).mount('/api/v1/models', list);
  mock.on({}, { ...MODEL_NOT_FOUND, status: 404 });
  await mock.start();
  return {
    baseUrl: `${mock.url}/v1`,
    openRouterUrl: `${mock.url}/api/v1`,
    stop: () => mock.stop(),
  };
}

/** Says which models there are, one by one; a list is for the mock itself. */
function models(ids: readonly string[]): Mountable {
  return {
    handleRequest: (request, response, path) => {
      const id = path.slice(1);
      if (request.method !== 'GET' || id === '') return Promise.resolve(false);
      const known = ids.includes(id);
      response.writeHead(known ? 200 : 404, { 'content-type': 'application/json' });
      response.end(JSON.stringify(known ? { id, object: 'model' } : MODEL_NOT_FOUND));
      return Promise.resolve(true);
    },
  };
}

function skillNames(): SkillName[] {
  return Object.keys(SKILLS).filter((name): name is SkillName => name in SKILLS);
}

function answer(
  request: ChatCompletionRequest,
  lacks: readonly Lack[],
  reporting: Reporting,
): FixtureResponse {
  const asked = read(request);
  if (lacks.includes('maxOutputTokens') && asked.limit > SHORTER_ANSWER) {
    return tooLong(SHORTER_ANSWER);
  }
  if (lacks.includes('basicChat')) return { content: 'I would rather talk about the weather.' };
  for (const name of skillNames()) {
    // Who gives short answers only still keeps to a limit.
    const able = name === 'maxOutputTokens' || !lacks.includes(name);
    const said = able ? SKILLS[name](asked) : null;
    if (said) return reporting.of(said, asked);
  }
  return reporting.of(plainly(asked), asked);
}
