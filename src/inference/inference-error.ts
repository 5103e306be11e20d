/** How much a fault blocks. */
export type Severity = 'CRITICAL' | 'HIGH' | 'MEDIUM' | 'LOW';

/** What may be done about it: see {@link CATEGORIES}. */
export type RetryClass =
  | 'never'
  | 'transient'
  | 'rate_limit'
  | 'once'
  | 'after_minutes'
  | 'after_hours'
  | 'adapt_once'
  | 'new_prompt_once'
  | 'behaviour';

interface CategoryFacts {
  readonly severity: Severity;
  readonly retryClass: RetryClass;
}

/** Every kind of fault a provider call can end with. */
export const CATEGORIES = {
  AUTHENTICATION_ERROR: { severity: 'CRITICAL', retryClass: 'never' },
  PERMISSION_ERROR: { severity: 'CRITICAL', retryClass: 'never' },
  ACCESS_PENDING: { severity: 'HIGH', retryClass: 'after_minutes' },
  CONFIGURATION_ERROR: { severity: 'CRITICAL', retryClass: 'never' },
  PROVISIONING_REQUIRED: { severity: 'CRITICAL', retryClass: 'never' },
  MODEL_LIFECYCLE: { severity: 'CRITICAL', retryClass: 'never' },
  // Not offered in the region, which no provider tells from a wrong id.
  UNAVAILABLE: { severity: 'CRITICAL', retryClass: 'never' },
  QUOTA_EXHAUSTED: { severity: 'HIGH', retryClass: 'after_hours' },
  RATE_LIMIT: { severity: 'MEDIUM', retryClass: 'rate_limit' },
  PROVIDER_ERROR: { severity: 'MEDIUM', retryClass: 'transient' },
  TIMEOUT: { severity: 'MEDIUM', retryClass: 'transient' },
  NETWORK_ERROR: { severity: 'MEDIUM', retryClass: 'transient' },
  CAPABILITY_UNSUPPORTED: { severity: 'HIGH', retryClass: 'never' },
  PARAMETER_UNSUPPORTED: { severity: 'HIGH', retryClass: 'adapt_once' },
  CONTEXT_LIMIT: { severity: 'HIGH', retryClass: 'never' },
  CONTENT_FILTERED: { severity: 'LOW', retryClass: 'new_prompt_once' },
  QUALITY_ISSUE: { severity: 'HIGH', retryClass: 'behaviour' },
  PROTOCOL_ERROR: { severity: 'HIGH', retryClass: 'once' },
  BUDGET_EXCEEDED: { severity: 'LOW', retryClass: 'never' },
  INTERNAL_ERROR: { severity: 'HIGH', retryClass: 'never' },
  CANCELLED: { severity: 'LOW', retryClass: 'never' },
  UNKNOWN_ERROR: { severity: 'MEDIUM', retryClass: 'once' },
} as const satisfies Record<string, CategoryFacts>;

export type ErrorCategory = keyof typeof CATEGORIES;

export interface InferenceErrorFacts {
  /** HTTP status; absent when there was no answer. */
  readonly status?: number;
  /** The provider's own code and, where it names one, the parameter it objects to. */
  readonly code?: string;
  readonly param?: string;
  readonly requestId?: string;
  /** What the provider asked to wait. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** The only error the inference room throws. `message` is safe to store: no secret, bounded. */
export class InferenceError extends Error {
  readonly severity: Severity;
  readonly retryClass: RetryClass;
  readonly status: number | undefined;
  readonly code: string | undefined;
  readonly param: string | undefined;
  readonly requestId: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(
    readonly category: ErrorCategory,
    message: string,
    facts: InferenceErrorFacts = {},
  ) {
    super(message, { cause: facts.cause });
    this.name = 'InferenceError';
    this.severity = CATEGORIES[category].severity;
    this.retryClass = CATEGORIES[category].retryClass;
    this.status = facts.status;
    this.code = facts.code;
    this.param = facts.param;
    this.requestId = facts.requestId;
    this.retryAfterMs = facts.retryAfterMs;
  }

  /** Whether it passes within seconds, so that the same request is worth another try. */
  get isPassing(): boolean {
    return this.retryClass === 'transient' || this.retryClass === 'rate_limit';
  }
}
