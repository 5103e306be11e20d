/** Holds things between the one who receives and the one who takes. */
export class Inbox<T> {
  closed = false;
  private items: T[] = [];
  private fault: { readonly error: unknown } | null = null;
  private wake: (() => void) | null = null;

  put(items: readonly T[]): void {
    this.items.push(...items);
    this.wake?.();
  }

  close(fault: { readonly error: unknown } | null): void {
    this.closed = true;
    this.fault = fault;
    this.wake?.();
  }

  /** Waits for something; false when there is nothing and will be nothing. Throws the fault, if any. */
  async filled(): Promise<boolean> {
    while (this.items.length === 0 && !this.closed) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    if (this.items.length === 0 && this.fault !== null) throw this.fault.error;
    return this.items.length > 0;
  }

  take(): T[] {
    const items = this.items;
    this.items = [];
    return items;
  }
}
