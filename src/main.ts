import { run } from './run.js';
import { Config } from './shared/config.js';
import { startService } from './service.js';

await run(() => startService(Config.from(process.env)));
