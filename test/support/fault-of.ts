import { InferenceError } from '../../src/inference/inference-error.js';

/** The InferenceError that the work ends with; throws when it ends in any other way. */
export async function faultOf(work: Promise<unknown>): Promise<InferenceError> {
  const error: unknown = await work.then(
    () => new Error('It did not fail.'),
    (reason: unknown) => reason,
  );
  if (error instanceof InferenceError) return error;
  throw error;
}
