import { parseModelId } from '../model-id/model-id-normalizer.js';
import { AI21 } from './ai21.js';
import { AMAZON } from './amazon.js';
import { ANTHROPIC } from './anthropic.js';
import { COHERE } from './cohere.js';
import { DEEPSEEK } from './deepseek.js';
import { OPENAI } from './openai.js';
import type { VendorQuirks } from './vendor-quirks.js';

/** One line per vendor with quirks, by its name in model ids. */
const VENDORS: ReadonlyMap<string, VendorQuirks> = new Map([
  ['ai21', AI21],
  ['amazon', AMAZON],
  ['anthropic', ANTHROPIC],
  ['cohere', COHERE],
  ['deepseek', DEEPSEEK],
  ['openai', OPENAI],
]);
const NONE: VendorQuirks = {};

/** A model as its vendor's quirks know it. */
export interface VendorModel {
  /** The id without geographic prefix and context variant; empty when the id does not tell it. */
  readonly model: string;
  readonly quirks: VendorQuirks;
}

/** The quirks that go with a model id; none when it does not tell its vendor. */
export function vendorModel(modelId: string): VendorModel {
  const id = parseModelId(modelId);
  return {
    model: id?.foundationModelId ?? '',
    quirks: VENDORS.get(id?.vendor ?? '') ?? NONE,
  };
}
