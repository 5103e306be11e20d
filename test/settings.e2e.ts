import { randomBytes } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { rotateSecrets } from '../src/shared/secrets/rotate-secrets.js';
import { SecretBox } from '../src/shared/secrets/secret-box.js';
import { addAccount, dumpOf, type Account } from './support/accounts.js';
import { signatureOf } from './support/aws-signature.js';
import { SONNET } from './support/bedrock-harness.js';
import { endedRuns } from './support/certifying.js';
import { Rows } from './support/rows.js';
import { json, ScriptedProvider, type RecordedRequest } from './support/scripted-provider.js';
import { TestService, type Answer } from './support/service.js';

const PATH = '/api/v2/settings';
const ENCRYPTION_KEY = randomBytes(32).toString('base64');
const DEFAULTS = {
  theme: 'light',
  awsRegion: 'us-east-1',
  awsEnabledModels: [],
  awsAccessKeyLastFour: null,
  awsSecretKeySet: false,
  updatedAt: null,
};
const ANN = { awsAccessKey: 'AKIAOFANNCANARY01111', awsSecretKey: 'secret/of+ann/canary-31337' };
const BOB = { awsAccessKey: 'AKIAOFBOBCANARY02222', awsSecretKey: 'secret/of+bob/canary-31337' };
const SECRETS = [...Object.values(ANN), ...Object.values(BOB)];

let catalogue: TestService;
let provider: ScriptedProvider;
let ann: Account;
let bob: Account;
let nobody: Account;
/** All that the service wrote to its log. */
const log: string[] = [];

beforeAll(async () => {
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => log.push(String(text)) > 0);
  provider = await ScriptedProvider.start(
    json({
      output: { message: { role: 'assistant', content: [{ text: 'Paris.' }] } },
      stopReason: 'end_turn',
      usage: { inputTokens: 3, outputTokens: 2, totalTokens: 5 },
    }),
  );
  catalogue = await TestService.start({ ENCRYPTION_KEY, LOG_LEVEL: 'trace' });
  ann = await addAccount(catalogue, 'ann');
  bob = await addAccount(catalogue, 'bob');
  nobody = await addAccount(catalogue, 'nobody', 'viewer');
});

afterAll(async () => {
  await catalogue.close();
  await provider.close();
  vi.restoreAllMocks();
});

const read = (who: Account): Promise<Answer> => catalogue.call('GET', PATH, undefined, who.key);

function write(who: Account, body: object, headers: Record<string, string> = {}): Promise<Answer> {
  return catalogue.call('PUT', PATH, body, who.key, headers);
}

describe("a user's settings", () => {
  it('are the defaults until the user writes some, and nobody else sees these', async () => {
    expect(await read(nobody)).toMatchObject({ status: 200, body: DEFAULTS });
    const written = { theme: 'dark', awsRegion: null, awsEnabledModels: [SONNET] };
    const { status, body } = await write(nobody, written);
    expect(status).toBe(200);
    expect(body).toEqual({ ...DEFAULTS, ...written, updatedAt: expect.stringMatching(/Z$/) });
    expect((await read(nobody)).body).toEqual(body);
    expect((await write(nobody, {})).body).toMatchObject({
      ...DEFAULTS,
      updatedAt: expect.any(String),
    });
    expect((await read(ann)).body).toEqual(DEFAULTS);
  });

  it('are those of nobody for a key that belongs to no user', async () => {
    const { status, body } = await catalogue.call('GET', PATH);
    expect(status).toBe(403);
    expect(body.detail).toContain('belongs to none');
    expect((await catalogue.call('PUT', PATH, {})).status).toBe(403);
  });

  it('are written only as they were read, where If-Match says so', async () => {
    const etag = String((await read(ann)).headers.get('etag'));
    expect((await write(ann, {}, { 'if-match': '"other"' })).status).toBe(412);
    const first = await write(ann, { theme: 'system' }, { 'if-match': etag });
    expect(first.status).toBe(200);
    expect((await write(ann, {}, { 'if-match': etag })).status).toBe(412);
    expect((await read(ann)).headers.get('etag')).toBe(first.headers.get('etag'));
    // A secret that changed is a change, though it is not shown.
    const keyed = await write(ann, ANN);
    const other = await write(ann, { ...ANN, awsSecretKey: 'another-secret-31337' });
    expect(other.headers.get('etag')).not.toBe(keyed.headers.get('etag'));
  });

  it.each([
    [{ theme: 'red' }, '/theme'],
    [{ awsRegion: 'mars' }, '/awsRegion'],
    [{ awsEnabledModels: 'x' }, '/awsEnabledModels'],
    [{ awsEnabledModels: [1] }, '/awsEnabledModels'],
    [{ awsEnabledModels: Array.from({ length: 501 }, String) }, '/awsEnabledModels'],
    [{ awsAccessKey: 'ASIAIOSFODNN7EXAMPLE', awsSecretKey: 'x'.repeat(40) }, '/awsAccessKey'],
    [{ awsAccessKey: 'short', awsSecretKey: 'x'.repeat(40) }, '/awsAccessKey'],
    [{ ...ANN, awsSecretKey: 'has a space in it, so it is none' }, '/awsSecretKey'],
    [{ awsAccessKey: ANN.awsAccessKey }, '/awsSecretKey'],
    [{ awsSecretKey: ANN.awsSecretKey }, '/awsAccessKey'],
    [{ awsAccessKey: null }, '/awsSecretKey'],
    [{ awsAccessKey: ANN.awsAccessKey, awsSecretKey: null }, '/awsSecretKey'],
    [{ awsAccessKey: null, awsSecretKey: ANN.awsSecretKey }, '/awsAccessKey'],
    [{ userId: 'x' }, '/userId'],
  ])('refuse %j', async (body, pointer) => {
    const { status, body: problem } = await write(nobody, body);
    expect(status).toBe(400);
    expect(Object(problem.errors)[0]).toMatchObject({ pointer });
  });
});

describe('AWS keys', () => {
  it('are stored sealed, shown by four characters, kept, and removed', async () => {
    const { body } = await write(ann, ANN);
    expect(body).toMatchObject({ awsAccessKeyLastFour: '1111', awsSecretKeySet: true });
    expect((await write(ann, { theme: 'dark' })).body).toMatchObject({
      theme: 'dark',
      awsAccessKeyLastFour: '1111',
      awsSecretKeySet: true,
    });
    const { rows } = await catalogue.database.query(
      'SELECT "awsAccessKey", "awsSecretKey" FROM user_settings WHERE "userId" = $1',
      [ann.userId],
    );
    const sealed: unknown = expect.stringMatching(/^v1(\.[\w-]+){3}$/);
    expect(rows).toEqual([{ awsAccessKey: sealed, awsSecretKey: sealed }]);
    const gone = await write(ann, { awsAccessKey: null, awsSecretKey: null });
    expect(gone.body).toMatchObject({ awsAccessKeyLastFour: null, awsSecretKeySet: false });
  });

  it('do not open in the row of another user', async () => {
    await write(ann, ANN);
    await write(bob, BOB);
    await catalogue.database.query(
      `UPDATE user_settings b SET "awsAccessKey" = a."awsAccessKey", "awsSecretKey" = a."awsSecretKey"
         FROM user_settings a WHERE a."userId" = $1 AND b."userId" = $2`,
      [ann.userId, bob.userId],
    );
    expect((await read(bob)).body).toMatchObject({
      awsAccessKeyLastFour: null,
      awsSecretKeySet: true,
    });
    await write(bob, BOB);
    expect((await read(bob)).body).toMatchObject({ awsAccessKeyLastFour: '2222' });
  });

  it('are refused in clear by the database itself', async () => {
    const clear = catalogue.database.query(
      'UPDATE user_settings SET "awsSecretKey" = $1 WHERE "userId" = $2',
      ['clear', ann.userId],
    );
    await expect(clear).rejects.toThrow('user_settings_awsSecretKey_check');
  });

  it('are refused with the way to an encryption key where there is none', async () => {
    const bare = await TestService.start();
    try {
      const user = await addAccount(bare, 'ann');
      const put = (body: object) => bare.call('PUT', PATH, body, user.key);
      const refused = await put(ANN);
      expect(refused.status).toBe(503);
      expect(refused.body.detail).toContain('openssl rand -base64 32');
      expect((await put({ theme: 'dark' })).status).toBe(200);
    } finally {
      await bare.close();
    }
  });
});

/** Whose keys signed a request, if the signature is right. */
function signer(request: RecordedRequest): string {
  const { authorization = '' } = request.headers;
  const keys = [ANN, BOB, SERVICE].find(({ awsAccessKey }) =>
    authorization.includes(`Credential=${awsAccessKey}/`),
  );
  if (!keys) return authorization;
  const right = authorization.endsWith(`Signature=${signatureOf(request, keys.awsSecretKey)}`);
  return right ? keys.awsAccessKey : 'a wrong signature';
}

const SERVICE = { awsAccessKey: 'AKIAOFTHESERVICE0000', awsSecretKey: 'secret-of-the-service' };

describe('calls of Amazon Bedrock', () => {
  let id: string;

  beforeAll(async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', SERVICE.awsAccessKey);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', SERVICE.awsSecretKey);
    vi.stubEnv('AWS_SESSION_TOKEN', undefined);
    const rows = new Rows(catalogue);
    const at = { baseUrl: provider.url.replace('/v1', ''), authType: 'aws_credentials' };
    const providerId = await rows.provider('bedrock', at);
    const fields = { inferenceType: 'INFERENCE_PROFILE', regions: ['us-east-1'] };
    id = await rows.deployment(await rows.model('Claude'), providerId, SONNET, fields);
    await write(ann, ANN);
    await write(bob, BOB);
  });

  afterAll(() => vi.unstubAllEnvs());

  const invoke = async (key: string | undefined, body: object = {}): Promise<string> => {
    const path = `/api/v2/deployments/${id}/invoke`;
    const { status, text } = await catalogue.call('POST', path, { prompt: 'x', ...body }, key);
    expect(status, text).toBe(200);
    return signer(provider.lastRequest);
  };

  it('are signed with the keys of the user who asks, those of the moment', async () => {
    expect(await invoke(ann.key)).toBe(ANN.awsAccessKey);
    expect(await invoke(bob.key)).toBe(BOB.awsAccessKey);
    await write(ann, { ...BOB });
    expect(await invoke(ann.key)).toBe(BOB.awsAccessKey);
    await write(ann, ANN);
    expect(await invoke(ann.key)).toBe(ANN.awsAccessKey);
  });

  it('are signed with the keys of the service for who stored none', async () => {
    expect(await invoke(undefined)).toBe(SERVICE.awsAccessKey);
    await write(bob, { awsAccessKey: null, awsSecretKey: null });
    expect(await invoke(bob.key)).toBe(SERVICE.awsAccessKey);
    await write(bob, BOB);
    expect(await invoke(bob.key)).toBe(BOB.awsAccessKey);
  });

  it('are signed in a certification with the keys of who asked for it, or for its retry', async () => {
    const signers = async (path: string, body: object | undefined, key: string | undefined) => {
      const before = provider.requests.length;
      const accepted = await catalogue.call('POST', path, body, key);
      expect(accepted.status, accepted.text).toBe(202);
      await endedRuns(catalogue, String(accepted.body.batchId));
      const asked = provider.requests.slice(before);
      expect(asked.length).toBeGreaterThan(1);
      const [first] = Array.isArray(accepted.body.certifications)
        ? accepted.body.certifications
        : [];
      return { signers: [...new Set(asked.map(signer))], jobId: String(Object(first).jobId) };
    };
    const queue = '/api/certification-queue';
    const body = { deploymentId: id, profile: 'smoke', force: true };
    const byAnn = await signers(queue, body, ann.key);
    expect(byAnn.signers).toEqual([ANN.awsAccessKey]);
    expect(
      (await signers(`${queue}/jobs/${byAnn.jobId}/retry`, undefined, bob.key)).signers,
    ).toEqual([BOB.awsAccessKey]);
    expect((await signers(queue, body, undefined)).signers).toEqual([SERVICE.awsAccessKey]);
  }, 90_000);

  it('fail by name when the keys cannot be opened', async () => {
    await catalogue.database.query(
      `UPDATE user_settings SET "awsSecretKey" = 'v1.AAAAAAAA.AAAA.AAAA' WHERE "userId" = $1`,
      [bob.userId],
    );
    const path = `/api/v2/deployments/${id}/invoke`;
    const { body } = await catalogue.call('POST', path, { prompt: 'x' }, bob.key);
    expect(body).toMatchObject({ category: 'AUTHENTICATION_ERROR' });
    expect(body.detail).toMatch(/awsSecretKey.*ENCRYPTION_KEY/);
    await write(bob, BOB);
  });

  it("never show a user's secret, in whatever fails", async () => {
    provider.script = json({ message: `no: ${ANN.awsSecretKey}` }, 403, {
      'x-amzn-errortype': 'AccessDeniedException',
    });
    const path = `/api/v2/deployments/${id}/invoke`;
    const { status, text } = await catalogue.call('POST', path, { prompt: 'x' }, ann.key);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(text).not.toContain(ANN.awsSecretKey);
  });
});

describe('secrets', () => {
  it('are nowhere in the database, and nowhere in the log', async () => {
    const dump = await dumpOf(catalogue);
    expect(dump).toContain('public.user_settings');
    expect(dump).toMatch(/v1\.[\w-]{8}\./);
    expect(log.join('')).toContain('"level"');
    for (const secret of SECRETS) {
      expect(dump.includes(secret), secret).toBe(false);
      expect(log.join('').includes(secret), secret).toBe(false);
    }
  });

  it('are sealed anew with another key, in slices, and again without effect', async () => {
    const many = 600;
    const old = new SecretBox({ encryptionKeys: [Buffer.from(ENCRYPTION_KEY, 'base64')] });
    const ids = Array.from({ length: many }, (_, index) => `many-${index}`);
    const seal = (column: string) =>
      ids.map((row) => old.seal(row, { table: 'user_settings', row, column }));
    await catalogue.database.query(
      `INSERT INTO users (id, email, password, "updatedAt")
       SELECT id, id || '@example.com', '', now() FROM unnest($1::text[]) AS made(id)`,
      [ids],
    );
    await catalogue.database.query(
      `INSERT INTO user_settings (id, "userId", "awsAccessKey", "awsSecretKey")
       SELECT id, id, one, two FROM unnest($1::text[], $2::text[], $3::text[]) AS made(id, one, two)`,
      [ids, seal('awsAccessKey'), seal('awsSecretKey')],
    );
    const fresh = randomBytes(32);
    const encryptionKeys = [fresh, Buffer.from(ENCRYPTION_KEY, 'base64')];
    const both = new SecretBox({ encryptionKeys });
    const stored = (many + 2) * 2;
    const none = { current: 0, changed: 0, unreadable: [] };
    expect(await rotateSecrets(catalogue.database, both)).toEqual({ ...none, resealed: stored });
    const again = await rotateSecrets(catalogue.database, both);
    expect(again).toEqual({ ...none, resealed: 0, current: stored });
    const lost = await rotateSecrets(
      catalogue.database,
      new SecretBox({ encryptionKeys: [randomBytes(32)] }),
    );
    expect(lost).toMatchObject({ resealed: 0, current: 0 });
    expect(lost.unreadable).toHaveLength(stored);
    const { rows } = await catalogue.database.query<{ sealed: string }>(
      `SELECT "awsSecretKey" AS sealed FROM user_settings WHERE id = 'many-7'`,
    );
    const place = { table: 'user_settings', row: 'many-7', column: 'awsSecretKey' };
    const onlyFresh = new SecretBox({ encryptionKeys: [fresh] });
    expect(onlyFresh.open(rows[0]?.sealed ?? '', place)).toBe('many-7');
  });
});
