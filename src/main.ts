import { Config } from './shared/config.js';
import { run, startService } from './service.js';

await run(() => startService(Config.from(process.env)));
