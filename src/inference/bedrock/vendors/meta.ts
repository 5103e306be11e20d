import type { VendorQuirks } from './vendor-quirks.js';

/** Converse writes Llama's prompt template; nothing else differs. */
export const META: VendorQuirks = {};
