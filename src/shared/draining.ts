import { Injectable } from '@nestjs/common';

/** Whether the process stops: said first of all, so that it is sent no more work. */
@Injectable()
export class Draining {
  private begun = false;

  begin(): void {
    this.begun = true;
  }

  get isBegun(): boolean {
    return this.begun;
  }
}
