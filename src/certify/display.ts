import { Presets, SingleBar } from 'cli-progress';

import type { Listener, Progress, RunState } from './batch-follower.js';
import { oneLine } from './plain-text.js';

/** Where the person is told how it goes. */
export interface Display extends Listener {
  /** Gives the terminal back. */
  stop(): void;
}

/** Keeps the bar on one line. */
const NOTE_LENGTH = 60;

/** A bar on a terminal, else a line for each piece of news. */
export function displayOn(stream: NodeJS.WriteStream, nameOf: (runId: string) => string): Display {
  return stream.isTTY ? new Bar(stream, nameOf) : new Lines(stream, nameOf);
}

class Bar implements Display {
  private readonly bar: SingleBar;
  private note = '';

  constructor(
    stream: NodeJS.WriteStream,
    private readonly nameOf: (runId: string) => string,
  ) {
    const format = '{bar} {percentage} %  ${cost}  {note}';
    this.bar = new SingleBar(
      { format, stream, hideCursor: true, gracefulExit: false, barsize: 30 },
      Presets.shades_classic,
    );
    this.bar.start(100, 0, { cost: '0', note: '' });
  }

  run(state: RunState): void {
    this.notice(`${this.nameOf(state.runId)}: ${newsOf(state)}`);
  }

  progress({ progress, costUsd }: Progress): void {
    this.bar.update(Math.floor(100 * progress), { cost: costUsd.toFixed(6), note: this.note });
  }

  notice(sentence: string): void {
    const line = oneLine(sentence);
    this.note = line.length > NOTE_LENGTH ? `${line.slice(0, NOTE_LENGTH - 1)}…` : line;
    this.bar.update({ note: this.note });
  }

  stop(): void {
    this.bar.stop();
  }
}

class Lines implements Display {
  private tenth = 0;

  constructor(
    private readonly stream: NodeJS.WriteStream,
    private readonly nameOf: (runId: string) => string,
  ) {}

  run(state: RunState): void {
    this.notice(`${this.nameOf(state.runId)}: ${newsOf(state)}`);
  }

  progress({ progress }: Progress): void {
    const tenth = Math.floor(10 * progress);
    if (tenth > this.tenth) this.notice(`${10 * tenth} % of the probes are done`);
    this.tenth = Math.max(tenth, this.tenth);
  }

  notice(sentence: string): void {
    this.stream.write(`${oneLine(sentence)}\n`);
  }

  stop(): void {
    // There is nothing to give back.
  }
}

function newsOf({ status, rating, badge, errorMessage, nextAttemptAt }: RunState): string {
  const isWaiting = nextAttemptAt !== null && (status === 'PENDING' || status === 'QUEUED');
  const news = isWaiting ? `waiting until ${nextAttemptAt}` : status;
  const grade = rating === null ? '' : ` ${rating.toFixed(1)}${badge === null ? '' : ` ${badge}`}`;
  return `${news}${grade}${errorMessage === null ? '' : `. ${errorMessage}`}`;
}
