/**
 * Ends something when a signal aborts, or when its time is up. Not by `AbortSignal.any`, nor by the
 * signal given to `fetch` alone: Node 20 collects what both rest on as garbage while they are waited
 * for, and then nothing ends.
 */
export class Until {
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly parent: AbortSignal,
    ms: number,
  ) {
    this.timer = setTimeout(() => this.controller.abort(timeIsUp()), ms);
    if (parent.aborted) this.handleEvent();
    else parent.addEventListener('abort', this);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** What the work comes to. @throws what the work does; why it was ended */
  async outcomeOf<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.controller;
    let give: (() => void) | undefined;
    const over = new Promise<never>((_, reject) => {
      give = () => reject(signal.reason);
      if (signal.aborted) give();
      else signal.addEventListener('abort', give);
    });
    try {
      return await Promise.race([work, over]);
    } finally {
      if (give) signal.removeEventListener('abort', give);
    }
  }

  /** The time begins anew. */
  refresh(): void {
    this.timer.refresh();
  }

  /** Nobody waits any more. */
  end(): void {
    clearTimeout(this.timer);
    this.parent.removeEventListener('abort', this);
    this.controller.abort();
  }

  /** The signal aborts. */
  handleEvent(): void {
    this.controller.abort(this.parent.reason);
  }
}

function timeIsUp(): DOMException {
  return new DOMException('The time is up.', 'TimeoutError');
}
