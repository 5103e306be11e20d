import { Logger } from '@nestjs/common';

import { StartError, type Service } from './service.js';
import { ConfigError } from './shared/environment.js';

/** Whatever hangs: whoever sent the signal would kill the process, which then says nothing. */
const LAST_RESORT_MS = 24_000;

const logger = new Logger('Process');

/**
 * Runs until SIGINT or SIGTERM, then stops cleanly, with exit code 0; a second signal exits at once.
 * What hangs is left behind, with exit code 1. A start that fails is one sentence on stderr and exit
 * code 1.
 */
export async function run(start: () => Promise<Pick<Service, 'close'>>): Promise<void> {
  const started = start();
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) giveUp(`${signal} again: the process exits at once.`);
    stopping = true;
    logger.log(`${signal}: the process stops.`);
    setTimeout(giveUp, LAST_RESORT_MS, `Not stopped within ${LAST_RESORT_MS / 1_000} s.`);
    void started
      .then((service) => service.close())
      .then(
        () => process.exit(0),
        (error: unknown) => giveUp(error),
      );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    await started;
  } catch (error) {
    const expected = error instanceof StartError || error instanceof ConfigError;
    console.error(expected ? error.message : error);
    process.exit(1);
  }
}

function giveUp(reason: unknown): never {
  logger.fatal(reason);
  process.exit(1);
}
