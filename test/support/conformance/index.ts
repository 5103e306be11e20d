import { ANTHROPIC } from './anthropic-voice.js';
import { BEDROCK } from './bedrock-voice.js';
import { AZURE, OPENAI } from './openai-voice.js';
import type { Voice } from './voice.js';

/** One for each adapter. */
export const VOICES: readonly Voice[] = [OPENAI, AZURE, ANTHROPIC, BEDROCK];
