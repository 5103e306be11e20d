import { LLMock, type ChatCompletionRequest, type FixtureResponse } from '@copilotkit/aimock';

import { read, type Asked } from './asked.js';
import { plainly, SKILLS, tooLong, type SkillName } from './skills.js';

/** The deployments the simulated provider hosts, by their id there. */
export const SIMULATED = {
  /** Does all it is asked. */
  honest: 'sim-honest-1',
  /** Answers in prose when it is offered a tool. */
  lying: 'sim-lying-1',
  /** Answers every request with 429. */
  throttling: 'sim-throttling-1',
} as const;

/** A deployment that lacks one skill and has all others. */
export function lackingModel(skill: SkillName): string {
  return `sim-without-${skill}`;
}

const LACKS: Readonly<Record<string, readonly SkillName[]>> = {
  [SIMULATED.honest]: [],
  [SIMULATED.lying]: ['functionCalling', 'streamingToolUse'],
};
/** Of the deployment that cannot give answers as long as it says. */
const SHORTER_ANSWER = 4_096;

/** Time to the first token and tokens per second of a simulated stream. */
const PACE = { ttft: 60, tps: 400 };

/** A running simulated provider that speaks OpenAI's protocol. */
export interface Simulator {
  /** Base URL for a provider row. */
  readonly baseUrl: string;
  stop(): Promise<void>;
}

/** Starts the simulated provider on a free local port. */
export async function startSimulator(): Promise<Simulator> {
  const mock = new LLMock({ port: 0, logLevel: 'silent', journalMaxEntries: 100 });
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
  const models = [...Object.keys(LACKS), ...skillNames().map(lackingModel)];
  for (const model of models) {
    mock.on({ model }, (request) => answer(request, model), {
      streamingProfile: PACE,
      chunkSize: 4,
    });
  }
  mock.on(
    {},
    {
      error: {
        message: 'The model does not exist or you do not have access to it.',
        type: 'invalid_request_error',
        code: 'model_not_found',
      },
      status: 404,
    },
  );
  await mock.start();
  return { baseUrl: `${mock.url}/v1`, stop: () => mock.stop() };
}

function skillNames(): SkillName[] {
  return Object.keys(SKILLS).filter((name): name is SkillName => name in SKILLS);
}

function answer(request: ChatCompletionRequest, model: string): FixtureResponse {
  const asked = read(request);
  const lacks = LACKS[model] ?? skillNames().filter((name) => lackingModel(name) === model);
  if (lacks.includes('maxOutputTokens') && asked.limit > SHORTER_ANSWER) {
    return tooLong(SHORTER_ANSWER);
  }
  for (const name of skillNames()) {
    // Who gives short answers only still keeps to a limit.
    const able = name === 'maxOutputTokens' || !lacks.includes(name);
    const said = able ? SKILLS[name](asked) : null;
    if (said) return withUsage(said, asked);
  }
  return withUsage(plainly(asked), asked);
}

/** With token counts, as far as the answer does not bring its own. */
function withUsage(said: ReturnType<typeof plainly>, asked: Asked): FixtureResponse {
  if ('error' in said) return said;
  const words = 'toolCalls' in said ? said.toolCalls.map((one) => one.arguments) : [said.content];
  const written = Math.max(1, Math.ceil(words.join('').length / 4));
  const { prompt_tokens = asked.inputTokens, completion_tokens = written } = said.usage ?? {};
  const total_tokens = prompt_tokens + completion_tokens;
  return { ...said, usage: { prompt_tokens, completion_tokens, total_tokens } };
}
