// `npm run certify`: certifies deployments by the REST API of a running catalogue.
import { HELP, readArguments, type Settings } from './arguments.js';
import { CertifyCommand, type Result } from './certify-command.js';
import { EXIT } from './exit-code.js';
import { Failure } from './failure.js';
import { tableOf } from './table.js';

process.exitCode = await main().catch((error: unknown) => {
  console.error(error instanceof Failure ? error.message : error);
  return EXIT.untold;
});

async function main(): Promise<number> {
  const settings = readArguments(process.argv.slice(2), process.env);
  if (!settings) {
    process.stdout.write(HELP);
    return EXIT.certified;
  }
  const command = new CertifyCommand(settings, process.stderr);
  const interrupt = () => {
    console.error(`\n${command.interrupt()}`);
    process.exit(EXIT.interrupted);
  };
  process.once('SIGINT', interrupt);
  const result = await command.run();
  process.off('SIGINT', interrupt);
  print(result, settings);
  return result.exitCode;
}

function print(result: Result, { json }: Settings): void {
  if (json) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  else if (result.runs.length > 0) process.stdout.write(`${tableOf(result.runs)}\n`);
  if (result.error !== null) console.error(result.error);
}
