import { setTimeout as sleep } from 'node:timers/promises';

/** The little of the REST API that the demo uses. */
export class DemoClient {
  constructor(
    private readonly url: string,
    private readonly key: string,
  ) {}

  /** Creates a row, or brings the one that an earlier demo made up to date. */
  async put(path: string, body: Row, unique: string): Promise<Saved> {
    const existing = (await this.all(path)).find((row) => row[unique] === body[unique]);
    return existing
      ? saved(await this.call('PUT', `${path}/${existing.id}`, body))
      : saved(await this.call('POST', path, body));
  }

  /** Asks for certifications, and tells how far they are until all have ended, or wait to be tried again. */
  async certify(deployments: readonly Saved[], progress: (share: number) => void): Promise<Row[]> {
    const accepted = await Promise.all(
      deployments.map(({ id }) =>
        this.call('POST', '/api/certification-queue', { deploymentId: id, force: true }),
      ),
    );
    const batches = accepted.map(
      ({ batchId }) => `/api/certification-queue/batches/${String(batchId)}`,
    );
    for (;;) {
      const states = await Promise.all(batches.map((path) => this.call('GET', path)));
      progress(states.reduce((sum, { progress: share }) => sum + Number(share), 0) / states.length);
      const runs = states.flatMap(rowsIn('runs'));
      if (runs.every(isSettled)) return runs;
      await sleep(150);
    }
  }

  /** Every row of a list. */
  async all(path: string): Promise<Saved[]> {
    const rows: Saved[] = [];
    let cursor = '';
    for (;;) {
      const list = await this.call('GET', `${path}?limit=200${cursor}`);
      rows.push(...rowsIn('data')(list).map(saved));
      const page = isRow(list.page) ? list.page.nextCursor : null;
      if (typeof page !== 'string') return rows;
      cursor = `&cursor=${page}`;
    }
  }

  private async call(method: string, path: string, body?: Row): Promise<Row> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.key}`,
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json();
    if (!isRow(answer)) throw new Error(`${method} ${path} answered with something unexpected.`);
    if (!response.ok) throw new Error(`${method} ${path}: ${String(answer.detail)}`);
    return answer;
  }
}

export type Row = Readonly<Record<string, unknown>>;
export type Saved = Row & { readonly id: string };

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSettled({ completedAt, nextAttemptAt }: Row): boolean {
  return completedAt !== null || nextAttemptAt !== null;
}

function saved(row: Row): Saved {
  if (typeof row.id !== 'string') throw new Error('A row without id came back.');
  return { ...row, id: row.id };
}

function rowsIn(field: string): (row: Row) => Row[] {
  return (row) => {
    const rows = row[field];
    return Array.isArray(rows) ? rows.filter(isRow) : [];
  };
}
