import { describeProbes, nonceIn, says, wordsIn } from '../../../test/support/probe-cases.js';
import { completion, json } from '../../../test/support/scripted-provider.js';
import { multiTurn } from './multi-turn.probe.js';
import { stopSequences } from './stop-sequences.probe.js';
import { systemPrompt } from './system-prompt.probe.js';

describeProbes([
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
]);
