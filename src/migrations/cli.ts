import { runCommand } from './commands.js';

// Cut off, a command leaves a shadow database or a server behind: the first signal lets it finish.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => console.error('Finishing first; once more to stop at once.'));
}

try {
  process.exitCode = await runCommand(process.argv.slice(2), process.env, console.log);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
