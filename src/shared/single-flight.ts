/** Work that is under way once at most: who asks for it meanwhile waits for the same result. */
export class SingleFlight<T> {
  private current: Promise<T> | undefined;

  constructor(private readonly work: () => Promise<T>) {}

  get underWay(): Promise<T> | undefined {
    return this.current;
  }

  run(): Promise<T> {
    this.current ??= this.work().finally(() => {
      this.current = undefined;
    });
    return this.current;
  }
}
