import type { Settings } from './arguments.js';
import { ClientPrograms } from './client-programs.js';
import { serverVersion } from './snapshot.js';

/** Where a command runs. */
export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly print: (line: string) => void;
  /** Ends what is under way; what was begun is undone. */
  readonly signal: AbortSignal;
}

/** PostgreSQL's programs that fit the server of the URL. @throws Error that says what to install */
export async function programsFor(
  databaseUrl: string,
  { 'pg-bin': folder }: Settings,
  { env, signal }: Surroundings,
): Promise<ClientPrograms> {
  return ClientPrograms.find(await serverVersion(databaseUrl), { folder, env, signal });
}
