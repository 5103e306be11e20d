import type { StopReason } from '../../adapter.js';
import { objectOrNull } from '../../../shared/json.js';
import type { PromptFormat, VendorQuirks } from './vendor-quirks.js';

/** Command and Command Light; Command R and R+ converse. */
const COMPLETES = /^cohere\.command-(?:light-)?text-/;

/** Amazon Bedrock User Guide, "Cohere Command models". */
const COMMAND: PromptFormat = {
  body: (prompt, { maxOutputTokens, temperature, topP, stop }) => ({
    prompt,
    max_tokens: maxOutputTokens,
    temperature,
    p: topP,
    stop_sequences: stop,
  }),
  streamFields: { stream: true },
  readAnswer({ generations }) {
    const first = Array.isArray(generations) ? objectOrNull(generations[0]) : null;
    return { text: first?.text, stopReason: stopReason(first?.finish_reason) };
  },
  readEvent: ({ text, finish_reason }) => ({ text, stopReason: stopReason(finish_reason) }),
};

export const COHERE: VendorQuirks = {
  prompt: (model) => (COMPLETES.test(model) ? COMMAND : null),
};

function stopReason(reason: unknown): StopReason {
  switch (reason) {
    case undefined:
    case null:
      return null;
    case 'COMPLETE':
      return 'stop';
    case 'MAX_TOKENS':
      return 'length';
    case 'ERROR_TOXIC':
      return 'content_filter';
    default:
      return 'other';
  }
}
