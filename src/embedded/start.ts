// `npm start`: the service, with an embedded PostgreSQL when DATABASE_URL is not set.
import { run } from '../run.js';
import { startEmbeddedService } from './embedded-service.js';

// Node 20 is supported; AWS' SDK says at its first call that it will not be for ever.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

await run(async () => {
  const service = await startEmbeddedService(process.env, console.log);
  console.log(`model-catalog runs at ${service.url}`);
  console.log(`  documentation  ${service.url}/docs`);
  console.log(`  OpenAPI        ${service.url}/openapi.json`);
  if (service.firstAdminKey) {
    console.log(`  admin key      ${service.firstAdminKey}   (shown this once)`);
  }
  console.log('Ctrl-C stops it.');
  return service;
});
