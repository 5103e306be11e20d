import { basicChat } from './basic-chat.probe.js';
import { functionCalling } from './function-calling.probe.js';
import { latencySample } from './latency-sample.probe.js';
import type { Probe } from './probe.js';
import { streaming } from './streaming.probe.js';
import { usageReporting } from './usage-reporting.probe.js';

/** The suite, in the order in which it runs. */
export const PROBES: readonly Probe[] = [
  basicChat,
  streaming,
  usageReporting,
  functionCalling,
  latencySample,
];
