/** Work that is under way once at most: who asks for it meanwhile waits for the same result. */
export class SingleFlight<T> {
  private underWay: Promise<T> | undefined;

  constructor(private readonly work: () => Promise<T>) {}

  run(): Promise<T> {
    this.underWay ??= this.work().finally(() => {
      this.underWay = undefined;
    });
    return this.underWay;
  }
}
