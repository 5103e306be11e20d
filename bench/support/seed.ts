import type { Client } from 'pg';

export interface Size {
  readonly models: number;
  readonly deployments: number;
}

/** Offers of each popular model, whatever the size: what a comparison answers stays the same. */
export const OFFERS = 20;

/**
 * Fills an empty catalogue, always with the same rows: providers, models, deployments with their
 * first price, and certificates for a third of them. Half of the deployments belong to the popular
 * models, which come first, as far as there are enough models; ten share each creation time.
 */
export async function seed(client: Client, { models, deployments }: Size): Promise<void> {
  const popular = Math.min(deployments / (2 * OFFERS), models / 16);
  await client.query(PROVIDERS);
  await client.query(MODELS, [models]);
  await fill(client, 'model_deployments', () =>
    client.query(DEPLOYMENTS, [deployments, Math.floor(popular), models]),
  );
  await fill(client, 'price_history', () => client.query(PRICES));
  await client.query(CERTIFICATIONS);
  await client.query('VACUUM ANALYZE');
}

/** Indexes and foreign keys are taken away and made again: much faster than row by row. */
async function fill(client: Client, table: string, insert: () => Promise<unknown>): Promise<void> {
  const { rows } = await client.query<{ remove: string; restore: string }>(
    `SELECT format('ALTER TABLE %I DROP CONSTRAINT %I', $1::text, conname) AS remove,
            format('ALTER TABLE %I ADD CONSTRAINT %I %s', $1::text, conname,
                   pg_get_constraintdef(oid)) AS restore
       FROM pg_constraint WHERE conrelid = $1::regclass AND contype = 'f'
      UNION ALL
     SELECT format('DROP INDEX %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
       FROM pg_index WHERE indrelid = $1::regclass AND NOT indisprimary`,
    [table],
  );
  for (const { remove } of rows) await client.query(remove);
  await insert();
  for (const { restore } of rows) await client.query(restore);
}

/** The id of a popular model, the first being 0. */
export async function popularModel(client: Client, index: number): Promise<string> {
  const { rows } = await client.query<{ id: string }>(
    'SELECT id FROM base_models ORDER BY "createdAt", id OFFSET $1 LIMIT 1',
    [index],
  );
  const [model] = rows;
  if (!model) throw new Error(`There is no model number ${index}.`);
  return model.id;
}

/** A valid uuid as text, the same for the same kind and number. */
function idOf(kind: string, number: string): string {
  const hex = `md5('${kind}' || ${number})`;
  return `overlay(overlay(${hex} PLACING '4' FROM 13) PLACING '8' FROM 17)::uuid::text`;
}

/** A number from 0 to `sides` - 1 for each `n`; every salt gives other ones. */
function roll(sides: number, salt: number): string {
  return `((hashint8extended(n, ${salt}) & 1073741823) % ${sides})`;
}

/** One of the choices for each `n`. */
function pick(choices: readonly (string | number)[], salt: number): string {
  const list = choices.map((choice) => (typeof choice === 'string' ? `'${choice}'` : choice));
  return `(ARRAY[${list.join(', ')}])[1 + ${roll(choices.length, salt)}]`;
}

const PROVIDERS = `
  INSERT INTO providers (id, name, slug, "baseUrl", "authType", "createdAt", "updatedAt")
  SELECT ${idOf('provider', 'n')}, name, slug, url, auth, '2025-01-01', '2025-01-01'
    FROM (VALUES
      (0, 'AWS Bedrock', 'bedrock', NULL, 'aws_credentials'),
      (1, 'OpenAI', 'openai', 'https://api.openai.com/v1', 'api_key'),
      (2, 'Azure OpenAI', 'azure-openai', 'https://catalogue.openai.azure.com', 'api_key'),
      (3, 'Anthropic', 'anthropic', 'https://api.anthropic.com', 'api_key'),
      (4, 'Mistral', 'mistral', 'https://api.mistral.ai/v1', 'api_key'),
      (5, 'Cohere', 'cohere', 'https://api.cohere.com/v2', 'api_key'),
      (6, 'Groq', 'groq', 'https://api.groq.com/openai/v1', 'api_key'),
      (7, 'Together', 'together', 'https://api.together.xyz/v1', 'api_key'),
      (8, 'Fireworks', 'fireworks', 'https://api.fireworks.ai/inference/v1', 'api_key'),
      (9, 'DeepInfra', 'deepinfra', 'https://api.deepinfra.com/v1/openai', 'api_key')
    ) AS provider (n, name, slug, url, auth)`;

/** Vendor and family. */
const LINES = [
  'Anthropic/Claude',
  'OpenAI/GPT',
  'Meta/Llama',
  'Mistral/Mistral',
  'Google/Gemini',
  'Cohere/Command',
  'Qwen/Qwen',
  'DeepSeek/DeepSeek',
  'Amazon/Nova',
  'Microsoft/Phi',
];

const MODELS = `
  INSERT INTO base_models (id, name, vendor, family, version, capabilities, "defaultParams",
                           description, "releaseDate", deprecated, "createdAt", "updatedAt")
  SELECT ${idOf('model', 'n')}, line[2] || ' ' || version || ' #' || n, line[1], line[2],
         version,
         jsonb_build_object(
           'streaming', true,
           'vision', ${roll(3, 2)} = 0,
           'functionCalling', ${roll(4, 3)} > 0,
           'maxContextWindow', ${pick([8192, 32768, 128000, 200000, 1047576], 4)},
           'maxOutputTokens', ${pick([4096, 8192, 16384, 32768], 5)}),
         '{"temperature": 0.7, "topP": 0.9, "maxTokens": 4096}',
         'The ' || line[2] || ' model number ' || n || ', made for a benchmark.',
         date '2023-03-01' + (n % 900)::int, ${roll(20, 6)} = 0, made, made
    FROM generate_series(0, $1::bigint - 1) AS n,
         LATERAL (SELECT string_to_array(${pick(LINES, 1)}, '/') AS line,
                  ${pick(['1', '2', '2.5', '3', '3.1', '3.5', '4'], 7)} AS version,
                  timestamp '2025-01-01' + n * interval '1 second' AS made) AS chosen`;

const KINDS = ['PROVISIONED', 'INFERENCE_PROFILE', 'ON_DEMAND'];

/** Reserved throughput and inference profiles are Bedrock's; a tenth of all rows is Bedrock's. */
const DEPLOYMENTS = `
  INSERT INTO model_deployments (id, "baseModelId", "providerId", "deploymentId", "inferenceType",
      "providerConfig", regions, "costPer1MInput", "costPer1MOutput", "costPerHour", "rpmLimit",
      "customParams", "isActive", "createdAt", "updatedAt")
  SELECT ${idOf('deployment', 'n')}, ${idOf('model', 'model')},
         ${idOf('provider', 'provider')},
         CASE kind
           WHEN 'PROVISIONED' THEN
             'arn:aws:bedrock:' || region || ':123456789012:provisioned-model/' || to_hex(n)
           WHEN 'INFERENCE_PROFILE' THEN split_part(region, '-', 1) || '.vendor.model-v1:' || n
           ELSE 'vendor/model-' || model || '-' || to_hex(n)
         END,
         kind::"InferenceType",
         CASE WHEN provider = 0 THEN jsonb_build_object('region', region) END,
         CASE WHEN provider IN (0, 2) THEN ARRAY[region, 'sa-east-1'] ELSE '{}' END,
         price, price * ${pick([2, 3, 4, 5], 4)},
         CASE kind WHEN 'PROVISIONED' THEN ${pick([21.18, 39.6, 63], 5)} END,
         CASE WHEN n % 4 = 0 THEN 600 END,
         CASE WHEN n % 5 = 0 THEN '{"temperature": 0.2}'::jsonb END,
         ${roll(20, 6)} > 0, made, made
    FROM generate_series(0, $1::bigint - 1) AS n,
         LATERAL (SELECT
           CASE n % 2 WHEN 0 THEN (n / 2) % $2::bigint
             ELSE $2::bigint + (n / 2) % ($3::bigint - $2::bigint) END AS model,
           ${roll(10, 1)} AS provider,
           ${pick(['us-east-1', 'us-west-2', 'eu-central-1', 'eu-west-3'], 2)} AS region,
           (1 + ${roll(120, 3)}) * 0.05 AS price,
           timestamp '2025-02-01' + (n / 10) * interval '100 seconds' AS made) AS chosen,
         LATERAL (SELECT CASE WHEN provider > 0 THEN 'ON_DEMAND' ELSE ${pick(KINDS, 8)} END AS kind)
           AS invoked`;

const PRICES = `
  INSERT INTO price_history (id, "deploymentId", "costPer1MInput", "costPer1MOutput",
                             "costPerHour", "effectiveFrom", kind, "createdAt")
  SELECT gen_random_uuid(), id, "costPer1MInput", "costPer1MOutput", "costPerHour", "createdAt",
         'initial', "createdAt"
    FROM model_deployments`;

const VERDICTS = ['CERTIFIED', 'CERTIFIED', 'CERTIFIED', 'QUALITY_WARNING', 'FAILED'];

const CERTIFICATIONS = `
  INSERT INTO model_certifications (id, "deploymentId", region, status, "lastVerdict", "certifiedAt",
      "expiresAt", "lastTestedAt", "testsPassed", "testsFailed", "successRate", "avgLatencyMs",
      passed, rating, badge, "ratingUpdatedAt", "createdAt", "updatedAt")
  SELECT gen_random_uuid(), id, coalesce(regions[1], 'global'), verdict::"CertificationStatus",
         verdict::"CertificationStatus", made, made + interval '7 days', made, 9 - failed, failed,
         (9 - failed) / 9.0, 400 + n % 900, verdict <> 'FAILED', rating,
         CASE verdict WHEN 'CERTIFIED' THEN 'PREMIUM' WHEN 'FAILED' THEN 'LIMITED'
           ELSE 'FUNCTIONAL' END, made, made, made
    FROM (SELECT id, regions, row_number() OVER (ORDER BY "createdAt", id) AS n
            FROM model_deployments) AS deployment,
         LATERAL (SELECT ${pick(VERDICTS, 1)} AS verdict,
                  date_trunc('hour', localtimestamp) - ${roll(240, 2)} * interval '1 hour'
                    AS made) AS chosen,
         LATERAL (SELECT
           CASE verdict WHEN 'FAILED' THEN 3 WHEN 'CERTIFIED' THEN 0 ELSE 1 END AS failed,
           CASE verdict WHEN 'FAILED' THEN 2.4 WHEN 'CERTIFIED' THEN 4.9 ELSE 3.4 END AS rating)
           AS judged
   WHERE n % 3 = 0`;
