import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ProbeHarness } from '../../../test/support/probe-harness.js';
import {
  completion,
  delta,
  DONE,
  json,
  sse,
  type Script,
  type ScriptedAnswer,
} from '../../../test/support/scripted-provider.js';
import { multiTurn } from './multi-turn.probe.js';
import { parallelToolCalls } from './parallel-tool-calls.probe.js';
import type { Probe } from './probe.js';
import { stopSequences } from './stop-sequences.probe.js';
import { streamingToolUse } from './streaming-tool-use.probe.js';
import { structuredOutput } from './structured-output.probe.js';
import { systemPrompt } from './system-prompt.probe.js';
import { toolChoice } from './tool-choice.probe.js';

let harness: ProbeHarness;

beforeAll(async () => {
  harness = await ProbeHarness.start();
});

afterAll(() => harness.close());

/** The words of a request, all messages together. */
const wordsIn = (body: unknown): string => JSON.stringify(Object(body).messages);
const nonceIn = (body: unknown): string => /[a-z]+-\d{4}/.exec(wordsIn(body))?.[0] ?? 'none';
const says = (content: string): ScriptedAnswer => json(completion({ content }));

function called(...calls: readonly { name: string; values: unknown; id?: string }[]) {
  const tool_calls = calls.map(({ name, values, id }, index) => ({
    id: id ?? `call_${index}`,
    type: 'function',
    function: { name, arguments: typeof values === 'string' ? values : JSON.stringify(values) },
  }));
  return json(completion({ content: null, tool_calls }, 'tool_calls'));
}

/** The measurement asked for, as the tool wants it. */
function measured(body: unknown): { code: string; quantity: unknown; unit: string } {
  const [, code = '', quantity] = /code (\S+), quantity (\d+)/.exec(wordsIn(body)) ?? [];
  return { code, quantity: Number(quantity), unit: 'kg' };
}

const RECORD = 'record_measurement';

function streamedCall(pieces: readonly object[], ending: readonly object[] = [END]) {
  return sse([...pieces.map((piece) => delta({ tool_calls: [piece] })), ...ending, DONE]);
}

const END = delta({}, 'tool_calls');

function piece(name: string | undefined, values: string, id?: string): object {
  return { index: 0, ...(id && { id }), function: { ...(name && { name }), arguments: values } };
}

function streamedRecord(body: unknown, values: unknown = measured(body)): ScriptedAnswer {
  const text = JSON.stringify(values);
  return streamedCall([
    piece(RECORD, '', 'call_1'),
    piece(undefined, text.slice(0, 9)),
    piece(undefined, text.slice(9)),
  ]);
}

const city = (name: string, id?: string) => ({
  name: 'get_temperature',
  values: { city: name },
  ...(id !== undefined && { id }),
});

/** The label asked for. */
function label(body: unknown): { code: string; count: unknown; color: string } {
  const [, code = '', count] = /code (\S+), count (\d+)/.exec(wordsIn(body)) ?? [];
  return { code, count: Number(count), color: 'green' };
}

interface Case {
  readonly probe: Probe;
  readonly honest: (body: unknown) => ScriptedAnswer;
  /** What a liar answers, by the reason it is caught for. */
  readonly lies: Readonly<Record<string, (body: unknown) => ScriptedAnswer>>;
  /** Whether a request uses the feature. */
  readonly uses: (body: unknown) => boolean;
  /** The provider's refusal of the feature. */
  readonly refusal: { readonly message: string; readonly param?: string; readonly code?: string };
}

const refusesTools = {
  message: 'This model does not support tools.',
  param: 'tools',
  code: 'unsupported_parameter',
};

const CASES: readonly Case[] = [
  {
    probe: systemPrompt,
    honest: (body) => says(`Mars. ${nonceIn(body)}`),
    lies: { SYSTEM_PROMPT_IGNORED: () => says('Mars.') },
    uses: (body) => wordsIn(body).includes('"system"'),
    refusal: {
      message: "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
      param: 'messages[0].role',
      code: 'unsupported_value',
    },
  },
  {
    probe: multiTurn,
    honest: (body) => says(nonceIn(body)),
    lies: { EARLIER_TURN_FORGOTTEN: () => says('I do not know.') },
    uses: (body) => wordsIn(body).includes('"assistant"'),
    refusal: {
      message: 'Only one message is supported.',
      param: 'messages',
      code: 'unsupported_value',
    },
  },
  {
    probe: stopSequences,
    honest: () => says('one two three '),
    lies: {
      STOP_SEQUENCE_SHOWN: (body) => says(`one two three ${String(Object(body).stop)} four`),
      NOT_STOPPED: () => says('one two three four'),
      WRONG_ANSWER: () => says('Certainly!'),
      WRONG_STOP_REASON: () => json(completion({ content: 'one two three' }, 'length')),
    },
    uses: (body) => Object(body).stop !== undefined,
    refusal: {
      message: "Unsupported parameter: 'stop' is not supported with this model.",
      param: 'stop',
      code: 'unsupported_parameter',
    },
  },
  {
    probe: toolChoice,
    honest: () => called({ name: RECORD, values: {} }),
    lies: {
      NO_TOOL_CALL: () => says('Hello!'),
      TOOL_CALL_AS_TEXT: () => says('<tool_call>{}</tool_call>'),
      TOOL_NAME: () => called({ name: 'greet', values: {} }),
    },
    uses: (body) => Object(body).tool_choice !== undefined,
    refusal: {
      message: "Unsupported value: 'tool_choice' is not supported.",
      param: 'tool_choice',
      code: 'unsupported_value',
    },
  },
  {
    probe: streamingToolUse,
    honest: (body) => streamedRecord(body),
    lies: {
      NO_TOOL_CALL: () => sse([delta({ content: 'Recorded.' }), delta({}, 'stop'), DONE]),
      ARG_TYPE: (body) => streamedRecord(body, { ...measured(body), quantity: 'ten' }),
      ARG_VALUE: (body) => streamedRecord(body, { ...measured(body), code: 'heron-0000' }),
      ARGS_NOT_JSON: () => streamedCall([piece(RECORD, '{"code":', 'call_1')]),
      NAME_REPEATED: (body) =>
        streamedCall([piece(RECORD, '', 'call_1'), piece(RECORD, JSON.stringify(measured(body)))]),
      STOP_REASONS: (body) =>
        streamedCall([piece(RECORD, JSON.stringify(measured(body)), 'call_1')], [END, END]),
    },
    uses: (body) => Object(body).stream === true,
    refusal: {
      ...refusesTools,
      message: 'This model does not support tool use in streaming mode.',
    },
  },
  {
    probe: parallelToolCalls,
    honest: () => called(city('Oslo'), city('Lima'), city('Cairo')),
    lies: {
      NO_TOOL_CALL: () => says('It is warm.'),
      SEQUENTIAL_ONLY: () => called(city('Oslo')),
      CALL_REPEATED: () => called(city('Oslo'), city('Oslo')),
      ARG_VALUE: () => called(city('Oslo'), city('Rome')),
      CALL_IDS: () => called(city('Oslo', 'a'), city('Lima', 'a')),
      TOOL_NAME: () => called(city('Oslo'), { name: 'other', values: {} }),
    },
    uses: (body) => Object(body).tools !== undefined,
    refusal: refusesTools,
  },
  {
    probe: structuredOutput,
    honest: (body) => says(JSON.stringify(label(body))),
    lies: {
      NOT_JSON: () => says('Here is your label.'),
      FENCED_JSON: (body) => says(`\`\`\`json\n${JSON.stringify(label(body))}\n\`\`\``),
      SCHEMA_VIOLATED: (body) => says(JSON.stringify({ ...label(body), size: 1 })),
      WRONG_VALUE: (body) => says(JSON.stringify({ ...label(body), count: 1 })),
    },
    uses: (body) => Object(body).response_format !== undefined,
    refusal: {
      message:
        "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.",
      param: 'response_format',
      code: 'unsupported_parameter',
    },
  },
];

for (const { probe, honest, lies, uses, refusal } of CASES) {
  const capabilities = { [probe.name]: true };
  const run = (script: Script) => harness.run(probe, script, { capabilities });
  const refused = json({ error: { type: 'invalid_request_error', ...refusal } }, 400);

  describe(probe.name, () => {
    it('passes an honest model at once', async () => {
      expect(await run(({ body }) => honest(body))).toMatchObject({ verdict: 'PASS', attempts: 1 });
    });

    it.each(Object.entries(lies))('catches %s, in two attempts', async (reason, lie) => {
      expect(await run(({ body }) => lie(body))).toMatchObject({
        ...{ verdict: 'FAIL_BEHAVIOUR', reason, attempts: 2 },
      });
    });

    it('hears two more attempts after one that failed', async () => {
      const [lie] = Object.values(lies);
      const script: Script = ({ body }, index) => (index === 0 && lie ? lie(body) : honest(body));
      expect(await run(script)).toMatchObject({ verdict: 'PASS', flaky: true, attempts: 3 });
    });

    it('is missing when it is refused and the same request without it is not', async () => {
      const script: Script = ({ body }) => (uses(body) ? refused : says('Yes.'));
      expect(await run(script)).toMatchObject({
        ...{ verdict: 'FAIL_CAPABILITY', category: 'CAPABILITY_UNSUPPORTED' },
      });
    });

    it('is not missing when everything is refused', async () => {
      const everything = json({ error: { message: 'No.', type: 'invalid_request_error' } }, 400);
      const { verdict } = await run(({ body }) => (uses(body) ? refused : everything));
      expect(verdict).toMatch(/^INCONCLUSIVE/);
    });

    it('is not judged while the provider throttles', async () => {
      const busy = json({ error: { message: 'Slow down.', code: 'rate_limit_exceeded' } }, 429);
      expect(await run(() => busy)).toMatchObject({
        ...{ verdict: 'INCONCLUSIVE_TRANSIENT', category: 'RATE_LIMIT' },
      });
    });
  });
}
