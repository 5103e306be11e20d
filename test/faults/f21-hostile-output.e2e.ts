import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { jobBecomes, requestJob } from '../support/jobs.js';
import { isStreamed, nonceIn, plainAnswer } from '../support/plain-model.js';
import { Rows } from '../support/rows.js';
import {
  completion,
  json,
  ScriptedProvider,
  type ScriptedAnswer,
} from '../support/scripted-provider.js';
import { TestService } from '../support/service.js';

const ESC = '\u001b';
/** What a model says, and what is kept of it: the same for the same words. */
const OUTPUTS: readonly (readonly [string, string, string])[] = [
  ['terminal commands', `${ESC}[2J${ESC}[31mred`, `${ESC}[2J${ESC}[31mred`],
  ['NUL', 'a\u0000b', 'a\ufffdb'],
  ['half a character', 'a\ud83d b\udc00', 'a\ufffd b\ufffd'],
  ['whole ones beyond the first plane', '🦉𝔘', '🦉𝔘'],
  [
    'lines of a log',
    'ok\n{"level":50,"msg":"forged"}\r\nok',
    'ok\n{"level":50,"msg":"forged"}\r\nok',
  ],
  ['HTML', '<script>alert(1)</script>', '<script>alert(1)</script>'],
  ['SQL', `'); DROP TABLE certification_runs; --`, `'); DROP TABLE certification_runs; --`],
];

const DEEP = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
const counting = (tokens: number) => (content: string) =>
  json(completion({ content }, 'stop', { usage: { prompt_tokens: tokens, completion_tokens: 4 } }));
/** What surrounds an answer, and a reason of the certificate then. */
const SURROUNDINGS: readonly (readonly [string, (content: string) => ScriptedAnswer, string])[] = [
  ['fractions of a token', counting(10.5), 'BAD_USAGE'],
  ['more tokens than a column holds', counting(3_000_000_000), 'INPUT_NOT_COUNTED'],
  [
    'lists in lists in lists',
    (content) => json(JSON.stringify(completion({ content })).replace(/}$/, `,"x":${DEEP}}`)),
    'NOT_TESTED',
  ],
];

let catalogue: TestService;
let rows: Rows;
let provider: ScriptedProvider;

beforeAll(async () => {
  catalogue = await TestService.start();
  rows = new Rows(catalogue);
  provider = await ScriptedProvider.start();
});

afterAll(async () => {
  await catalogue.close();
  await provider.close();
});

/** What is kept of the answers of a run, and of what the provider said of its faults. */
async function kept(jobId: string): Promise<string[]> {
  const { rows: found } = await catalogue.database.query<{ text: string }>(
    `SELECT exchange->>'text' AS text
       FROM certification_runs r JOIN certification_probe_results p ON p."runId" = r.id,
            jsonb_array_elements(p.evidence) exchange
      WHERE r."jobId" = $1 AND (exchange->>'answered')::boolean`,
    [jobId],
  );
  return found.map(({ text }) => text);
}

describe('A model that answers with', () => {
  it.each(OUTPUTS)('%s is judged, and its words are kept harmless', async (what, said, text) => {
    provider.script = (request) =>
      isStreamed(request.body)
        ? plainAnswer(request)
        : json(completion({ content: `${nonceIn(request.body)} ${said}` }));
    const id = await rows.deployedAt(provider.url, `says-${what.replaceAll(' ', '-')}`);
    const jobId = await requestJob(catalogue, id);
    const run = await jobBecomes(catalogue, jobId, { status: 'QUALITY_WARNING' });
    expect(await kept(jobId)).toContainEqual(expect.stringContaining(text));
    const shown = await catalogue.call('GET', `/api/v2/certifications/${run.certificationId}/runs`);
    expect(shown.status).toBe(200);
    expect(shown.text.isWellFormed() && !shown.text.includes('\u0000')).toBe(true);
  });

  it.each(SURROUNDINGS)('%s around it is judged', async (what, answer, reason) => {
    provider.script = (request) =>
      isStreamed(request.body) ? plainAnswer(request) : answer(nonceIn(request.body));
    const id = await rows.deployedAt(provider.url, `wraps-${what.replaceAll(' ', '-')}`);
    const jobId = await requestJob(catalogue, id);
    const run = await jobBecomes(catalogue, jobId, { status: 'QUALITY_WARNING' });
    const shown = await catalogue.call('GET', `/api/v2/certifications/${run.certificationId}`);
    expect(shown.text).toContain(reason);
  });

  it.each(OUTPUTS)('%s as its error is told in one plain line', async (what, said) => {
    provider.script = json(
      { error: { message: `Refused: ${said}`, code: said, param: said } },
      401,
    );
    const id = await rows.deployedAt(provider.url, `errs-${what.replaceAll(' ', '-')}`);
    const run = await jobBecomes(catalogue, await requestJob(catalogue, id), { status: 'FAILED' });
    expect(run.errorCategory).toBe('AUTHENTICATION_ERROR');
    // eslint-disable-next-line no-control-regex -- these are what must not be there
    expect(run.errorMessage).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
    expect(String(run.errorMessage).isWellFormed()).toBe(true);
  });
});
