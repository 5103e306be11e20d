import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { describeProbes, says, wordsIn } from '../../../test/support/probe-cases.js';
import { ProbeHarness } from '../../../test/support/probe-harness.js';
import { json, type Script } from '../../../test/support/scripted-provider.js';
import { structuredOutput } from './structured-output.probe.js';

/** The label asked for. */
function label(body: unknown): { code: string; count: number; color: string } {
  const [, color = '', code = '', count] =
    /A (\w+) label says that crate (\S+) holds (\d+) bottles/.exec(wordsIn(body)) ?? [];
  return { code, count: Number(count), color };
}

const other = ({ color }: { color: string }) => (color === 'red' ? 'blue' : 'red');

describeProbes([
  {
    probe: structuredOutput,
    honest: (body) => says(JSON.stringify(label(body))),
    lies: {
      NOT_JSON: () => says('Here is your label.'),
      FENCED_JSON: (body) => says(`\`\`\`json\n${JSON.stringify(label(body))}\n\`\`\``),
      SCHEMA_VIOLATED: (body) => says(JSON.stringify({ ...label(body), size: 1 })),
      'NOT_JSON: text around it': (body) => says(`Here: ${JSON.stringify(label(body))}`),
      'WRONG_VALUE: count': (body) => says(JSON.stringify({ ...label(body), count: 1 })),
      'WRONG_VALUE: code': (body) => says(JSON.stringify({ ...label(body), code: 'x-1' })),
      'WRONG_VALUE: color': (body) => {
        const asked = label(body);
        return says(JSON.stringify({ ...asked, color: other(asked) }));
      },
    },
    uses: (body) => Object(body).response_format !== undefined,
    refusal: {
      message:
        "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.",
      param: 'response_format',
      code: 'unsupported_parameter',
    },
  },
]);

describe('A schema', () => {
  let harness: ProbeHarness;

  beforeAll(async () => {
    harness = await ProbeHarness.start();
  });

  afterAll(() => harness.close());

  const run = (script: Script) =>
    harness.run(structuredOutput, script, { capabilities: { structuredOutput: true } });
  const refusing = (message: string): Script => {
    const error = { message, type: 'invalid_request_error', param: 'response_format' };
    return ({ body }) =>
      Object(body).response_format === undefined ? says('A label.') : json({ error }, 400);
  };

  it.each([
    "Invalid schema for response_format 'label': In context=(), 'additionalProperties' is required.",
    "output_config.format.schema: For 'integer' type, property 'minimum' is not supported",
    'The JSON schema uses the unsupported keyword "enum".',
  ])('refused for one of its words is our own fault: %s', async (message) => {
    expect(await run(refusing(message))).toMatchObject({
      ...{ verdict: 'INCONCLUSIVE_CONFIG', reason: 'SCHEMA_REFUSED', attempts: 0 },
    });
  });

  it.each([
    'This response_format type is unavailable now.',
    "Invalid value: 'json_schema'. Supported values are: 'text' and 'json_object'.",
    "chat() got an unexpected keyword argument 'response_format'",
  ])('refused as such is missing: %s', async (message) => {
    expect(await run(refusing(message))).toMatchObject({ verdict: 'FAIL_CAPABILITY' });
  });

  it('is the only thing that asks for JSON', async () => {
    await run(says('A label.'));
    for (const { body } of harness.provider.requests) {
      expect(JSON.stringify(Object(body).messages)).not.toMatch(/json|object|schema|field|code/i);
    }
  });
});
