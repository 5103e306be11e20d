import type { StopReason } from '../../adapter.js';
import { objectOrNull } from '../../../shared/json.js';
import type { PromptFormat, VendorQuirks } from './vendor-quirks.js';

/** Amazon Bedrock User Guide, "AI21 Labs Jurassic-2 models". */
const JURASSIC_2: PromptFormat = {
  body: (prompt, { maxOutputTokens, temperature, topP, stop }) => ({
    prompt,
    maxTokens: maxOutputTokens,
    temperature,
    topP,
    stopSequences: stop,
  }),
  readAnswer({ completions }) {
    const first = Array.isArray(completions) ? objectOrNull(completions[0]) : null;
    return {
      text: objectOrNull(first?.data)?.text,
      stopReason: stopReason(objectOrNull(first?.finishReason)?.reason),
    };
  },
};

/** Jamba converses; Jurassic-2 completes. */
export const AI21: VendorQuirks = {
  prompt: (model) => (model.startsWith('ai21.j2-') ? JURASSIC_2 : null),
};

function stopReason(reason: unknown): StopReason {
  switch (reason) {
    case undefined:
    case null:
      return null;
    case 'endoftext':
    case 'stop':
      return 'stop';
    case 'length':
      return 'length';
    default:
      return 'other';
  }
}
