/**
 * Geographic prefixes of system inference profiles. Source: Amazon Bedrock User Guide, "Supported
 * Regions and models for inference profiles".
 */
export const GEOS: ReadonlySet<string> = new Set([
  'us',
  'us-gov',
  'eu',
  'apac',
  'jp',
  'au',
  'ca',
  'global',
]);
