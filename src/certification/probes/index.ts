import { basicChat } from './basic-chat.probe.js';
import { errorSurface } from './error-surface.probe.js';
import { functionCalling } from './function-calling.probe.js';
import { identity } from './identity.probe.js';
import { latencySample } from './latency-sample.probe.js';
import { maxContextWindow } from './max-context-window.probe.js';
import { maxOutputTokens } from './max-output-tokens.probe.js';
import { multiTurn } from './multi-turn.probe.js';
import { parallelToolCalls } from './parallel-tool-calls.probe.js';
import type { Probe } from './probe.js';
import { promptCaching } from './prompt-caching.probe.js';
import { reasoning } from './reasoning.probe.js';
import { stopSequences } from './stop-sequences.probe.js';
import { streamingToolUse } from './streaming-tool-use.probe.js';
import { streaming } from './streaming.probe.js';
import { structuredOutput } from './structured-output.probe.js';
import { systemPrompt } from './system-prompt.probe.js';
import { toolChoice } from './tool-choice.probe.js';
import { usageReporting } from './usage-reporting.probe.js';
import { vision } from './vision.probe.js';

/** The suite, in the order in which it runs: what is cheap and decides most comes first. */
export const PROBES: readonly Probe[] = [
  identity,
  basicChat,
  streaming,
  usageReporting,
  systemPrompt,
  multiTurn,
  stopSequences,
  vision,
  functionCalling,
  toolChoice,
  streamingToolUse,
  parallelToolCalls,
  structuredOutput,
  reasoning,
  promptCaching,
  latencySample,
  maxOutputTokens,
  maxContextWindow,
  errorSurface,
];
