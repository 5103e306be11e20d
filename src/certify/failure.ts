/** Why the command cannot do what it was asked, in one sentence for the person who asked. */
export class Failure extends Error {}

/** The server answered, with a problem. */
export class Refusal extends Failure {
  constructor(
    readonly status: number,
    sentence: string,
  ) {
    super(sentence);
  }

  /** Whether the same request may be answered later. */
  get passes(): boolean {
    return this.status === 429 || this.status >= 500;
  }
}

/** The server did not answer, or not as a catalogue does. */
export class Unreachable extends Failure {}

/** Whether another try makes sense. */
export function passes(error: unknown): boolean {
  return error instanceof Unreachable || (error instanceof Refusal && error.passes);
}
