// Writes the OpenAPI document, and the page of roles, to the files named on the command line; needs
// no database.
import { writeFileSync } from 'node:fs';

import { describeApi } from './api-document.js';
import { createApp } from './app.setup.js';
import { rolesPage } from './roles-page.js';
import { Config } from './shared/config.js';

const [file, rolesFile] = process.argv.slice(2);
if (!file || !rolesFile) throw new Error('Usage: node dist/openapi.js FILE ROLES_FILE');

const config = Config.from({
  DATABASE_URL: 'postgresql://localhost/none',
  ROLE: 'api',
  LOG_LEVEL: 'error',
});
const app = await createApp(config, { preview: true });
const document = describeApi(app);
writeFileSync(file, `${JSON.stringify(document, null, 2)}\n`);
writeFileSync(rolesFile, rolesPage(document));
process.exit(0);
