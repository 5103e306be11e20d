import { LLMock, type ChatCompletionRequest, type FixtureResponse } from '@copilotkit/aimock';

/** The deployments the simulated provider hosts, by their id there. */
export const SIMULATED = {
  /** Does all it is asked. */
  honest: 'sim-honest-1',
  /** Answers in prose when it is offered a tool. */
  lying: 'sim-lying-1',
  /** Answers every request with 429. */
  throttling: 'sim-throttling-1',
} as const;

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
  for (const model of [SIMULATED.honest, SIMULATED.lying]) {
    mock.on({ model }, (request) => answer(request, model), {
      streamingProfile: PACE,
      chunkSize: 4,
    });
  }
  await mock.start();
  return { baseUrl: `${mock.url}/v1`, stop: () => mock.stop() };
}

function answer(request: ChatCompletionRequest, model: string): FixtureResponse {
  const question = lastText(request);
  const tool = request.tools?.[0]?.function.name;
  const asked = /code (\S+), quantity (\d+), unit kg/.exec(question);
  if (model === SIMULATED.honest && tool && asked) {
    const [, code, quantity] = asked;
    const values = JSON.stringify({ code, quantity: Number(quantity), unit: 'kg' });
    return {
      toolCalls: [{ id: `call_${code}`, name: tool, arguments: values }],
      usage: usageOf(question, values),
    };
  }
  const content = reply(request, question);
  return { content, usage: usageOf(question, content) };
}

/** Understands the questions of the suite the way a small model would: by their words. */
function reply(request: ChatCompletionRequest, question: string): string {
  const token = /[a-z]+-\d{4}/.exec(question)?.[0];
  if (/receipt/i.test(question)) return receiptIn(request) ?? 'I have no receipt.';
  if (question.startsWith('Count from 1 to 40')) {
    const numbers = Array.from({ length: 40 }, (_, index) => index + 1).join(' ');
    return `${numbers} ${token}`;
  }
  if (question.startsWith('Record a measurement'))
    return 'Certainly, I have recorded the measurement.';
  if (/Summarise/.test(question)) {
    return 'The text describes a river. It passes an old mill. It flows on towards the harbour.';
  }
  return token ?? 'I do not understand the question.';
}

function receiptIn(request: ChatCompletionRequest): string | null {
  const result = request.messages.findLast(({ role }) => role === 'tool');
  return typeof result?.content === 'string'
    ? (/"receipt":"([^"]+)"/.exec(result.content)?.[1] ?? null)
    : null;
}

function lastText({ messages }: ChatCompletionRequest): string {
  const content = messages.at(-1)?.content;
  return typeof content === 'string' ? content : '';
}

/** About four characters a token, as tokenisers do in English. */
function usageOf(question: string, answer: string) {
  const prompt_tokens = Math.ceil(question.length / 4) + 7;
  const completion_tokens = Math.max(1, Math.ceil(answer.length / 4));
  return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
}
