import type { VendorQuirks } from './vendor-quirks.js';

/** Converse writes Mistral's prompt template; nothing else differs. */
export const MISTRAL: VendorQuirks = {};
