import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { describeProbes, says, wordsIn } from '../../../test/support/probe-cases.js';
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
import { parallelToolCalls } from './parallel-tool-calls.probe.js';
import { streamingToolUse } from './streaming-tool-use.probe.js';
import { toolChoice } from './tool-choice.probe.js';

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

const textOf = (body: unknown): string => JSON.stringify(measured(body));

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

const GET = 'get_temperature';

const city = (name: string, id?: string) => ({
  name: GET,
  values: { city: name },
  ...(id !== undefined && { id }),
});

const refusesTools = {
  message: 'This model does not support tools.',
  param: 'tools',
  code: 'unsupported_parameter',
};

/** Which tool has to be called, by the request. */
const choiceIn = (body: unknown): unknown => Object(body).tool_choice;

describeProbes([
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
      TOOL_NAME_REPEATED: (body) =>
        streamedCall([piece(RECORD, '', 'call_1'), piece(RECORD, textOf(body))]),
      TOOL_NAME_SPLIT: (body) =>
        streamedCall([piece('record_', '', 'call_1'), piece('measurement', textOf(body))]),
      TOOL_ID_REPEATED: (body) =>
        streamedCall([piece(RECORD, '', 'call_1'), piece(undefined, textOf(body), 'call_1')]),
      SEVERAL_CALL_IDS: (body) =>
        streamedCall([piece(RECORD, '', 'call_1'), piece(undefined, textOf(body), 'call_2')]),
      NO_CALL_ID: (body) => streamedCall([piece(RECORD, textOf(body))]),
      STOP_REASONS: (body) => streamedCall([piece(RECORD, textOf(body), 'call_1')], [END, END]),
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
      'ARG_VALUE: another city': () => called(city('Oslo'), city('Rome')),
      'ARG_VALUE: more than the city': () => called(city('Oslofjord'), city('Lima')),
      'ARG_TYPE: another argument': () =>
        called(city('Oslo'), { name: GET, values: { city: 'Lima', unit: 'C' } }),
      'ARG_TYPE: a number': () => called(city('Oslo'), { name: GET, values: { city: 7 } }),
      ARGS_NOT_JSON: () => called(city('Oslo'), { name: GET, values: '{"city":' }),
      TOOL_CALL_AS_TEXT: () => says('get_temperature(city="Oslo")'),
      CALL_IDS: () => called(city('Oslo', 'a'), city('Lima', 'a')),
      TOOL_NAME: () => called(city('Oslo'), { name: 'other', values: {} }),
    },
    uses: (body) => Object(body).tools !== undefined,
    refusal: refusesTools,
  },
]);

describe('Of a model that takes no tools', () => {
  let harness: ProbeHarness;

  beforeAll(async () => {
    harness = await ProbeHarness.start();
  });

  afterAll(() => harness.close());

  const refused = json({ error: { ...refusesTools, type: 'invalid_request_error' } }, 400);

  it.each([toolChoice, streamingToolUse, parallelToolCalls])('$name is missing', async (probe) => {
    const script: Script = ({ body }) =>
      Object(body).tools === undefined ? says('Hello.') : refused;
    const outcome = await harness.run(probe, script, { capabilities: { [probe.name]: true } });
    expect(outcome).toMatchObject({ verdict: 'FAIL_CAPABILITY' });
  });

  it('a choice of tool is asked for by name, then as required', async () => {
    const script: Script = ({ body }) =>
      choiceIn(body) === 'required' ? called({ name: RECORD, values: {} }) : refused;
    const outcome = await harness.run(toolChoice, script, { capabilities: { toolChoice: true } });
    expect(outcome).toMatchObject({ verdict: 'PASS', metrics: { byName: 0 } });
    expect(harness.provider.requests.map(({ body }) => choiceIn(body))).toEqual([
      { type: 'function', function: { name: RECORD } },
      'required',
    ]);
  });
});
