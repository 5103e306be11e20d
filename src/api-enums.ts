/** What the enums of the OpenAPI document are, by their names there. */
export const ENUMS: Record<string, string> = {
  AuthType:
    'How to authenticate at a provider: `aws_credentials` (Amazon Bedrock, by the AWS credential ' +
    'chain), `oauth` (Azure OpenAI, by Microsoft Entra ID), `api_key`.',
  Badge:
    'A rating in a word: PREMIUM from 4.8, RECOMMENDED from 4, FUNCTIONAL from 3, LIMITED from 2, ' +
    'NOT_RECOMMENDED from 1, else UNAVAILABLE.',
  CertificationProfile:
    'How much a run tests. smoke: whether it answers and streams; standard: every claim, with a ' +
    'context of 8,000 tokens; deep: every claim at its full size, each three times.',
  CertificationStatus:
    'How far a run is. PENDING: stored; QUEUED: waits for a worker; PROCESSING: under way. It ends ' +
    'with a verdict: CERTIFIED, QUALITY_WARNING (works, but not all as claimed, or too slow) or ' +
    'FAILED; or without one: COMPLETED (throttled, outage) or CANCELLED.',
  Claim: 'A capability that a model has or has not.',
  ClaimName: 'A capability, or a limit, that a model is claimed to have.',
  ClaimState:
    'What is known of a claim. `proved`: its test passed; `refuted`: it failed; `untested`: neither.',
  ErrorCategory:
    'The kind of a fault. For good until somebody changes something: AUTHENTICATION_ERROR, ' +
    'PERMISSION_ERROR, CONFIGURATION_ERROR, PROVISIONING_REQUIRED, MODEL_LIFECYCLE (gone or not yet ' +
    'there), UNAVAILABLE. For a time: ACCESS_PENDING, QUOTA_EXHAUSTED, RATE_LIMIT, PROVIDER_ERROR, ' +
    'TIMEOUT, NETWORK_ERROR. Of what was asked: CAPABILITY_UNSUPPORTED, PARAMETER_UNSUPPORTED, ' +
    'CONTEXT_LIMIT, CONTENT_FILTERED. Of what was answered: QUALITY_ISSUE, PROTOCOL_ERROR. ' +
    'Of this service: BUDGET_EXCEEDED, INTERNAL_ERROR, CANCELLED, WORKER_LOST (workers kept dying on ' +
    'the run). Else UNKNOWN_ERROR.',
  ErrorSeverity: 'How much a fault blocks: all of it, one capability, for a time, or hardly.',
  ImportResult: 'What became of something that was imported.',
  InferenceType:
    'How a deployment is invoked: ON_DEMAND by its own id, INFERENCE_PROFILE over several regions, ' +
    'PROVISIONED on reserved throughput.',
  LogLevel: 'What an entry of the log is: who did something, or how grave it was.',
  MetricBucket: 'How long a bucket of a series is.',
  MetricType: 'What is measured.',
  PriceChangeKind: 'Why prices change: the provider did it, or those recorded were wrong.',
  PriceKind: 'Why a price history has an entry.',
  ProbeVerdict:
    'What an attempt showed. PASS, PASS_WITH_WARNING: it can do this. FAIL_CAPABILITY: the provider ' +
    'says it cannot; FAIL_BEHAVIOUR: it does not. INCONCLUSIVE_TRANSIENT: throttled or an outage; ' +
    'INCONCLUSIVE_CONFIG: credentials, quota, id or parameters; INCONCLUSIVE_POLICY: a filter kept ' +
    'it from answering. SKIPPED_…: not tried, as it is not declared, needs what failed, or would ' +
    'exceed the budget. INFO_UNDECLARED_SUPPORTED: it can, and does not say so.',
  ReasoningEffort: 'How much a model thinks before it answers.',
  Role: 'What somebody may do, each role all that the one before may.',
  RunOrigin: 'Whether somebody asked for a run, or the schedule did.',
  RunPriority: 'Which of the runs that wait are carried out first.',
  StaleReason:
    'What changed since a verdict: the deployment, the claims of its model, its provider, one of ' +
    'them during the run, or the probes.',
  Theme: 'The colours of pages; `system`: those of the device.',
  UptimeWindow: 'How long before now a window begins.',
};
