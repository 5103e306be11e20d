import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';

import type { components } from '../../docs/api/openapi.js';
import type { Settings } from './arguments.js';
import { BatchFollower } from './batch-follower.js';
import { AWAY_MS, CatalogueClient } from './catalogue-client.js';
import { Deployments } from './deployments.js';
import { displayOn, type Display } from './display.js';
import { exitCode } from './exit-code.js';
import { Failure, Refusal } from './failure.js';
import { inParallel } from './in-parallel.js';
import { junitOf } from './junit.js';
import { isOpen, reportOf, reportOfRemoved, type RunReport } from './run-report.js';

type Accepted = components['schemas']['AcceptedDto'];

/** More than reading a run takes, some at a time. */
const READ_MS = 1_000;
/** For the first of them when the time is up. */
const LAST_READ_MS = 10_000;
const PAGE = 5;

/** What the command comes to, as `--json` prints it. */
export interface Result {
  readonly exitCode: 0 | 1 | 2;
  /** Why it could not be told for all runs, in one sentence; null: it could. */
  readonly error: string | null;
  /** Null: nothing was asked for. */
  readonly batchId: string | null;
  readonly runs: readonly RunReport[];
}

/** Asks for certifications, waits for them, and reads what became of them. */
export class CertifyCommand {
  private readonly client: CatalogueClient;
  private readonly deadline: AbortSignal;
  private names: ReadonlyMap<string, string> = new Map();
  private accepted: Accepted | null = null;
  private display: Display | null = null;

  constructor(
    private readonly settings: Settings,
    private readonly stderr: NodeJS.WriteStream,
  ) {
    this.client = new CatalogueClient(settings.url, settings.key);
    this.deadline = AbortSignal.timeout(settings.timeoutMs);
  }

  /** Never throws because of the server. @throws Failure when the JUnit file cannot be written */
  async run(): Promise<Result> {
    // Before anything is paid for; and no earlier result stays in the file.
    await this.writeJunit([], 'The command did not come to its end.');
    let error: string | null = null;
    let runs: readonly RunReport[] = [];
    try {
      await this.request();
      error = await this.follow();
      // Who was given up is not waited for again.
      runs = await this.read(error === null ? AWAY_MS : LAST_READ_MS);
      if (!runs.some(isOpen)) error = shortfallOf(runs); // the others ended meanwhile
    } catch (thrown) {
      error = this.sentence(thrown);
    }
    await this.writeJunit(runs, error);
    const code = exitCode(runs, this.settings.allowWarnings);
    return { exitCode: code, error, batchId: this.accepted?.batchId ?? null, runs };
  }

  /** Lets the runs go on, and says so. */
  interrupt(): string {
    this.display?.stop();
    return this.accepted
      ? `Interrupted; the runs go on. ${this.howToCancel()}`
      : 'Interrupted; a request that was under way may have been accepted.';
  }

  private async request(): Promise<void> {
    const { settings, deadline } = this;
    const found = await new Deployments(this.client, deadline).find(settings.deployments);
    this.names = new Map(found.map(({ id, deploymentId }) => [id, deploymentId]));
    const ids = [...this.names.keys()];
    const [only = ''] = ids;
    const several = ids.length === 1 ? { deploymentId: only } : { deploymentIds: ids };
    const body = {
      ...settings.request,
      ...(settings.deployments === null ? { all: true } : several),
    };
    const params = { header: { 'Idempotency-Key': randomUUID() } };
    this.accepted = await this.client.ask(
      (api, signal) => api.POST('/api/certification-queue', { params, body, signal }),
      deadline,
    );
  }

  /** Until all have ended. @returns why it was given up before, or null */
  private async follow(): Promise<string | null> {
    const { batchId, certifications } = this.accepted ?? NOTHING;
    const places = new Map(
      certifications.map(({ runId, deploymentId, region }) => [
        runId,
        `${this.names.get(deploymentId) ?? deploymentId} in ${region}`,
      ]),
    );
    this.stderr.write(`Batch ${batchId}: ${certifications.length} run(s)\n`);
    const display = displayOn(this.stderr, (runId) => places.get(runId) ?? runId);
    this.display = display;
    try {
      await new BatchFollower(this.client, batchId, display).follow(this.deadline);
      return null;
    } catch (thrown) {
      return this.sentence(thrown);
    } finally {
      display.stop();
    }
  }

  private read(patienceMs: number): Promise<RunReport[]> {
    const { certifications } = this.accepted ?? NOTHING;
    const signal = AbortSignal.timeout(patienceMs + certifications.length * READ_MS);
    return inParallel(certifications, async (one) => {
      const name = this.names.get(one.deploymentId) ?? one.deploymentId;
      const run = await this.runOf(one, signal, patienceMs);
      return run ? reportOf(run, name, one) : reportOfRemoved(one, name);
    });
  }

  /** Null: it is gone. */
  private async runOf(
    { id, runId }: Accepted['certifications'][number],
    signal: AbortSignal,
    patienceMs: number,
  ) {
    for (let cursor: string | null | undefined; cursor !== null;) {
      const query = { limit: PAGE, ...(cursor && { cursor }) };
      const { data, page } = await this.client
        .ask(
          (api, until) =>
            api.GET('/api/v2/certifications/{id}/runs', {
              params: { path: { id }, query },
              signal: until,
            }),
          signal,
          patienceMs,
        )
        .catch(nothingWhenGone);
      const run = data.find((one) => one.id === runId);
      if (run) return run;
      cursor = page.nextCursor;
    }
    return null;
  }

  private async writeJunit(runs: readonly RunReport[], error: string | null): Promise<void> {
    const { junit, allowWarnings } = this.settings;
    if (junit === null) return;
    const text = junitOf(runs, allowWarnings, error);
    await writeFile(junit, text).catch((reason: NodeJS.ErrnoException) => {
      throw new Failure(`${junit} cannot be written (${reason.code}).`);
    });
  }

  private sentence(thrown: unknown): string {
    if (thrown instanceof Failure) return thrown.message;
    if (!(thrown instanceof Error) || thrown.name !== 'TimeoutError') throw thrown;
    const sentence = `The time is up: ${this.settings.timeoutMs / 1000} s.`;
    return this.accepted ? `${sentence} What is open goes on. ${this.howToCancel()}` : sentence;
  }

  private howToCancel(): string {
    const path = `/api/certification-queue/batches/${this.accepted?.batchId ?? ''}`;
    const header = '-H "authorization: Bearer $MODEL_CATALOG_API_KEY"';
    return `To cancel: curl -X DELETE ${header} ${this.settings.url}${path}`;
  }
}

/** Which runs are no answer to what was asked for; null: all are one. */
function shortfallOf(runs: readonly RunReport[]): string | null {
  const places = runs.flatMap(({ covered, deployment, region }) =>
    covered ? [] : `${deployment} in ${region}`,
  );
  if (places.length === 0) return null;
  const words = 'was asked for before and tests less than this, or may cost more; ask again';
  return `A run ${words}: ${places.join(', ')}.`;
}

function nothingWhenGone(error: unknown) {
  if (error instanceof Refusal && error.status === 404) return NO_RUNS;
  throw error;
}

const NO_RUNS = { data: [], page: { nextCursor: null } };
const NOTHING: Accepted = { batchId: '', certifications: [] };
