/** Options every client of the SDK gets, all given, so that it takes none from the environment. */
export const CLIENT_OPTIONS = {
  // The key goes out by a header of the call, not of the client.
  apiKey: 'unused',
  adminAPIKey: null,
  organization: null,
  project: null,
  webhookSecret: null,
  maxRetries: 0,
  logLevel: 'off',
} as const;
