/**
 * Vendors as Bedrock's model ids spell them. Source: Amazon Bedrock User Guide, "Supported
 * foundation models in Amazon Bedrock" and its model cards. A vendor missing here is still
 * recognised, except behind a geographic prefix that is unknown too.
 */
export const KNOWN_VENDORS: ReadonlySet<string> = new Set([
  'ai21',
  'amazon',
  'anthropic',
  'cohere',
  'deepseek',
  'google',
  'luma',
  'meta',
  'minimax',
  'mistral',
  'moonshot',
  'moonshotai',
  'nvidia',
  'openai',
  'qwen',
  'stability',
  'twelvelabs',
  'writer',
  'xai',
  'zai',
]);
