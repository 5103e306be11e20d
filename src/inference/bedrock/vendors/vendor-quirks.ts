import type { InferenceRequest, ReasoningEffort, StopReason } from '../../adapter.js';
import type { JsonObject } from '../../../shared/json.js';
import type { Document } from '../document.js';

/** What one vendor's models do unlike the others. What is left out is as everywhere: Converse. */
export interface VendorQuirks {
  /**
   * How reasoning is switched on; null: no way is known for this model.
   *
   * @param model the id without geographic prefix and context variant
   * @throws InferenceError PARAMETER_UNSUPPORTED when the limit leaves no room for it
   */
  readonly reasoning?: (
    model: string,
    effort: ReasoningEffort,
    maxOutputTokens: number | undefined,
  ) => ReasoningSwitch | null;
  /** How a model is asked that only completes one prompt, by InvokeModel; null: by Converse. */
  readonly prompt?: (model: string) => PromptFormat | null;
}

export interface ReasoningSwitch {
  /** `additionalModelRequestFields`; left out: the model always reasons. */
  readonly fields?: { readonly [key: string]: Document };
  /** Whether the limit on output tokens must not be sent with it. */
  readonly withoutOutputLimit?: boolean;
}

/** How a model that completes one prompt is asked, and answers. */
export interface PromptFormat {
  /** The body; undefined fields are not sent. */
  readonly body: (prompt: string, request: InferenceRequest) => object;
  readonly readAnswer: (body: JsonObject) => Completion;
  /** What one event of a stream adds; left out: the model does not stream. */
  readonly readEvent?: (event: JsonObject) => Completion;
  /** What the body of a streamed request holds besides. */
  readonly streamFields?: object;
}

/** Read as they came: neither need be a string. */
export interface Completion {
  readonly text: unknown;
  readonly stopReason: StopReason;
}
