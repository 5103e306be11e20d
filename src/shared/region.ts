/** A region as providers write it: `us-east-1`, `swedencentral`. */
export const REGION_PATTERN = /^[a-z0-9]+(-[a-z0-9]+)*$/;
export const REGION_RULE = 'must be lower-case letters, digits and single hyphens';

/** A region of AWS: `us-east-1`, `us-gov-west-1`, `eusc-de-east-1`. */
export const AWS_REGION_PATTERN = /^[a-z]{2,}(?:-[a-z]+)+-\d{1,2}$/;

/** The region of a deployment whose provider has none. */
export const GLOBAL_REGION = 'global';

/** The regions in which a deployment is offered. @param regions those that its row names */
export function offeredRegions(regions: readonly string[]): readonly string[] {
  return regions.length > 0 ? regions : [GLOBAL_REGION];
}
