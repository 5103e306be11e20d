/** Bytes of a body. */
export interface Piece {
  readonly bytes: Uint8Array;
  /** When they came, in milliseconds of the monotonic clock. */
  readonly at: number;
}

/**
 * The body of an answer. It is received as it comes however slowly it is taken, so that the times
 * of its pieces are true; the limit of the egress bounds what it holds.
 */
export class AnswerBody {
  private pieces: Piece[] = [];
  private wanted = true;
  private closed = false;
  private fault: { readonly error: unknown } | null = null;
  private wake: (() => void) | null = null;

  /** @param request is left when the body is cancelled */
  constructor(private readonly request: { leave(): void }) {}

  /** For the one who receives: bytes came. */
  put(bytes: Uint8Array): void {
    if (!this.wanted) return;
    this.pieces.push({ bytes, at: performance.now() });
    this.wake?.();
  }

  /** For the one who receives: nothing more will come; a fault is thrown after what has come. */
  close(fault: { readonly error: unknown } | null): void {
    this.closed = true;
    this.fault = fault;
    this.wake?.();
  }

  /** Waits for something; false when there is nothing and will be nothing. Throws the fault, if any. */
  async filled(): Promise<boolean> {
    while (this.pieces.length === 0 && !this.closed) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    if (this.pieces.length === 0 && this.fault !== null) throw this.fault.error;
    return this.pieces.length > 0;
  }

  /** What has come since it was last asked. */
  take(): Piece[] {
    const { pieces } = this;
    this.pieces = [];
    return pieces;
  }

  /** Lets the rest come unread, so that its connection can be used again. */
  release(): void {
    this.wanted = false;
    this.pieces = [];
  }

  /** Ends the request, if the body is still coming. */
  cancel(): void {
    this.release();
    if (!this.closed) this.request.leave();
  }
}
