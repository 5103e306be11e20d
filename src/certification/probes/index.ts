import { basicChat } from './basic-chat.probe.js';
import { errorSurface } from './error-surface.probe.js';
import { functionCalling } from './function-calling.probe.js';
import { latencySample } from './latency-sample.probe.js';
import { maxContextWindow } from './max-context-window.probe.js';
import { maxOutputTokens } from './max-output-tokens.probe.js';
import type { Probe } from './probe.js';
import { promptCaching } from './prompt-caching.probe.js';
import { reasoning } from './reasoning.probe.js';
import { streaming } from './streaming.probe.js';
import { usageReporting } from './usage-reporting.probe.js';
import { vision } from './vision.probe.js';

/** The suite, in the order in which it runs. */
export const PROBES: readonly Probe[] = [
  basicChat,
  streaming,
  usageReporting,
  functionCalling,
  vision,
  reasoning,
  promptCaching,
  latencySample,
  maxOutputTokens,
  maxContextWindow,
  errorSurface,
];
