import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { rememberSecret } from '../secrets/hide-secrets.js';
import { addToContext, inContext, outOfContext } from './log-context.js';
import { PinoLogger, type LogLine } from './logger.js';

function logging(level: string) {
  const lines: Record<string, unknown>[] = [];
  const told: LogLine[] = [];
  const write = (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>);
  const logger = new PinoLogger(level, { write });
  logger.onLine = (line) => told.push(line);
  return { logger, lines, told };
}

describe('PinoLogger', () => {
  it('says in each line what is known of the work under way, and of no other', async () => {
    const { logger, lines } = logging('info');
    const work = (requestId: string) =>
      inContext({ requestId }, async () => {
        await sleep(1);
        addToContext({ userId: `user of ${requestId}` });
        logger.log('done', { ms: 3 }, 'Room');
      });
    await Promise.all([work('r-1'), work('r-2')]);
    logger.log('idle', 'Room');
    expect(lines).toMatchObject([
      { msg: 'done', context: 'Room', requestId: 'r-1', userId: 'user of r-1', ms: 3 },
      { msg: 'done', context: 'Room', requestId: 'r-2', userId: 'user of r-2', ms: 3 },
      { msg: 'idle', context: 'Room' },
    ]);
    expect(lines[2]).not.toHaveProperty('requestId');
  });

  it('leaves out what belongs to nobody, though somebody began it', () => {
    const { logger, lines } = logging('info');
    inContext({ requestId: 'r-1' }, () => outOfContext(() => logger.log('x', 'Room')));
    expect(lines[0]).not.toHaveProperty('requestId');
  });

  it('writes no secret, in whatever it stands', () => {
    const { logger, lines } = logging('trace');
    rememberSecret('canary-31337');
    const error = new Error('no: canary-31337', { cause: { sent: 'Bearer canary-31337-more' } });
    logger.error(error, { headers: { authorization: 'canary-31337' } }, 'Room');
    logger.verbose({ list: ['sk-canary-31337'] }, 'Room');
    expect(lines).toHaveLength(2);
    expect(JSON.stringify(lines)).not.toContain('31337');
    expect(JSON.stringify(lines)).toContain('[redacted]');
  });

  it('tells of warnings and errors at any level, and of nothing else', () => {
    const { logger, lines, told } = logging('silent');
    logger.log('a', 'Room');
    logger.warn('b', 'Room');
    logger.error(new TypeError('c'), undefined, 'Room');
    logger.fatal('d', { runId: 'run-1' }, 'Room');
    expect(lines).toEqual([]);
    expect(told.map(({ level, message }) => [level, message])).toEqual([
      ['warn', 'b'],
      ['error', 'c'],
      ['fatal', 'd'],
    ]);
    expect(told[1]?.error).toBeInstanceOf(TypeError);
    expect(told[2]).toMatchObject({ context: 'Room', fields: { runId: 'run-1' } });
  });
});
