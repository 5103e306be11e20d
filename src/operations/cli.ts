// `npm run backup`, `npm run restore` and `npm run clean-slate`.
import { runCommand } from './commands.js';

const stop = new AbortController();
// What was begun is undone; a second signal ends at once.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => stop.abort(new Error('Stopped.')));
}

try {
  await runCommand(process.argv.slice(2), {
    env: process.env,
    print: console.log,
    signal: stop.signal,
  });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
