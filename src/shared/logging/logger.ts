import { type LoggerService } from '@nestjs/common';
import { pino, type DestinationStream, type Logger } from 'pino';

import { isObject } from '../json.js';
import { hideSecrets } from '../secrets/hide-secrets.js';
import { logContext, type LogContext } from './log-context.js';

/** One event as it is logged. */
export interface LogLine {
  readonly level: pino.Level;
  readonly message: string;
  /** Who says it. */
  readonly context: unknown;
  /** What the caller added. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly error: Error | null;
  readonly about: LogContext;
}

/**
 * Nest's logger over pino: one JSON line per event, with what is known of the work under way, and
 * without secrets.
 */
export class PinoLogger implements LoggerService {
  /** Told of warnings and errors, whatever the level that is written. */
  onLine: (line: LogLine) => void = () => undefined;
  private readonly pino: Logger;

  constructor(level: string, destination?: DestinationStream) {
    const options: pino.LoggerOptions = {
      level,
      hooks: { streamWrite: (line) => hideSecrets(line) },
    };
    this.pino = destination ? pino(options, destination) : pino(options);
  }

  log(message: unknown, ...rest: unknown[]): void {
    this.write('info', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  /** Nest passes the logger's context last, and before it whatever the caller added. */
  private write(level: pino.Level, message: unknown, rest: unknown[]): void {
    const isTold = level === 'warn' || level === 'error' || level === 'fatal';
    if (!isTold && !this.pino.isLevelEnabled(level)) return;
    const line = lineOf(level, message, rest);
    const { context, fields, error, about } = line;
    this.pino[level]({ context, ...about, ...fields, ...(error && { err: error }) }, line.message);
    if (isTold) this.onLine(line);
  }
}

function lineOf(level: pino.Level, message: unknown, rest: readonly unknown[]): LogLine {
  const added = rest.slice(0, -1);
  const fields: Record<string, unknown> = Object.assign({}, ...added.filter(isObject));
  const details = added.filter((one) => !isObject(one) && one !== undefined);
  if (details.length > 0) fields.details = details;
  const error = message instanceof Error ? message : null;
  if (typeof message !== 'string' && !error) fields.data = message;
  const text = typeof message === 'string' ? message : (error?.message ?? '');
  return { level, message: text, context: rest.at(-1), fields, error, about: logContext() };
}
