// Writes the OpenAPI document to the file named on the command line; needs no database.
import { writeFileSync } from 'node:fs';

import { describeApi } from './api-document.js';
import { createApp } from './app.setup.js';
import { Config } from './shared/config.js';

const [file] = process.argv.slice(2);
if (!file) throw new Error('Usage: node dist/openapi.js FILE');

const config = Config.from({
  DATABASE_URL: 'postgresql://localhost/none',
  ROLE: 'api',
  LOG_LEVEL: 'error',
});
const app = await createApp(config, { preview: true });
writeFileSync(file, `${JSON.stringify(describeApi(app), null, 2)}\n`);
process.exit(0);
