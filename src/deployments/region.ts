import { TextField } from '../shared/http/fields.js';

/** A region as providers write it: `us-east-1`, `swedencentral`. */
export const REGION_PATTERN = /^[a-z0-9]+(-[a-z0-9]+)*$/;
export const REGION_RULE = 'must be lower-case letters, digits and single hyphens';

/** The region of a deployment whose provider has none. */
export const GLOBAL_REGION = 'global';

/** The regions in which a deployment is offered. @param regions those that its row names */
export function offeredRegions(regions: readonly string[]): readonly string[] {
  return regions.length > 0 ? regions : [GLOBAL_REGION];
}

/** A region in a query. */
export function RegionField(description: string) {
  return TextField({
    description,
    maxLength: 63,
    pattern: REGION_PATTERN,
    rule: REGION_RULE,
    optional: true,
  });
}
