/** A region as providers write it: `us-east-1`, `swedencentral`. */
export const REGION_PATTERN = /^[a-z0-9]+(-[a-z0-9]+)*$/;
export const REGION_RULE = 'must be lower-case letters, digits and single hyphens';

/** The region of a deployment whose provider has none. */
export const GLOBAL_REGION = 'global';
