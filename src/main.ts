import { run } from './run.js';
import { Config } from './shared/config.js';
import { startService } from './service.js';

await run(async () => {
  const service = await startService(Config.from(process.env));
  if (service.firstAdminKey) console.log(`admin key ${service.firstAdminKey} (shown this once)`);
  return service;
});
