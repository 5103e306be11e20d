// Run by `npm run lint`, which names this file: on Node 20 oxlint finds only a JSON one by itself.
import { readdirSync } from 'node:fs';

import { defineConfig } from 'oxlint';

const EVERYTHING = ['**/*'];

/**
 * The rooms, folders of `src/`. A room imports from those of a lower rank, and of another room only
 * what is `open`: its services, modules, events, DTOs and contracts. `takes` says instead, room by
 * room, what it may import. Tests may look into whatever is of a lower rank.
 */
const ROOMS = {
  shared: { rank: 0, open: EVERYTHING },

  auth: { rank: 1, open: [] },
  inference: {
    rank: 1,
    open: [
      'inference.module',
      'inference.service',
      'adapter',
      'aws-keys-of-users',
      'bedrock/model-id/inference-type-rule',
      'chunks',
      'collect',
      'inference-error',
      'inference-problem',
      'rejection',
      'request-size',
      'usage',
      '*.event',
    ],
  },
  logs: { rank: 1, open: [] },
  // Its commands start the embedded PostgreSQL where DATABASE_URL is not set.
  migrations: {
    rank: 1,
    open: ['connection', 'database-of-command', 'folder', 'migrations', 'pending'],
    takes: { shared: EVERYTHING, embedded: ['postgres/embedded-postgres'] },
  },
  models: {
    rank: 1,
    open: [
      'models.module',
      'base-model.service',
      'base-model.listing',
      'capabilities',
      'successors',
      '*.dto',
    ],
  },
  providers: { rank: 1, open: ['provider.listing', '*.dto'] },

  deployments: {
    rank: 2,
    open: [
      'deployments.module',
      'deployment.service',
      'deployment.listing',
      'deployment-tags',
      'prices/cost',
      'standing',
      'target',
      'invoke/*.dto',
      'invoke/*.event',
    ],
  },
  operations: {
    rank: 2,
    open: [],
    takes: {
      shared: EVERYTHING,
      migrations: ['connection', 'database-of-command', 'migrations'],
    },
  },
  // Provides what inference asks of it by an interface.
  settings: { rank: 2, open: [], takes: { shared: EVERYTHING, inference: ['aws-keys-of-users'] } },

  certification: {
    rank: 3,
    open: [
      'certification.module',
      'queue/certification-queue',
      'queue/queue-depth.service',
      '*.event',
    ],
  },

  health: { rank: 4, open: [] },
  // Learns of the other rooms by their events; how long the queue is, it asks.
  metrics: {
    rank: 4,
    open: [],
    takes: {
      shared: EVERYTHING,
      inference: ['*.event'],
      deployments: ['invoke/*.event'],
      certification: ['*.event', 'certification.module', 'queue/queue-depth.service'],
    },
  },

  // The command knows the REST API only.
  certify: {
    rank: 5,
    open: [],
    takes: { shared: EVERYTHING },
    never: ['@nestjs/*', '**/generated/**'],
  },
  embedded: { rank: 5, open: [] },
};

for (const { name } of readdirSync(new URL('src', import.meta.url), { withFileTypes: true })) {
  if (name.includes('.') || name === 'generated' || name in ROOMS) continue;
  throw new Error(`src/${name} is no room of oxlint.config.js: give it a rank.`);
}

/** The rule of some files of a room. @param filesOf those of another room that they may import */
function overrideFor(room, pattern, filesOf) {
  const group = Object.keys(ROOMS)
    .filter((other) => other !== room)
    .flatMap((other) => [
      `**/${other}/**`,
      ...filesOf(other).map((file) => `!**/${other}/${file}.js`),
    ]);
  const message = 'A room imports what is open of rooms of a lower rank: see oxlint.config.js.';
  const patterns = [{ group: [...group, ...(ROOMS[room].never ?? [])], message }];
  return {
    files: [`src/${room}/**/${pattern}`],
    rules: { 'no-restricted-imports': ['error', { patterns }] },
  };
}

function overridesOf(room) {
  const { rank, takes } = ROOMS[room];
  const isLower = (other) => ROOMS[other].rank < rank;
  const ofSources = (other) =>
    takes ? (takes[other] ?? []) : isLower(other) ? ROOMS[other].open : [];
  const ofTests = (other) => (isLower(other) ? EVERYTHING : ofSources(other));
  return [overrideFor(room, '*.ts', ofSources), overrideFor(room, '*.spec.ts', ofTests)];
}

export default defineConfig({
  plugins: ['typescript', 'import', 'unicorn'],
  categories: { correctness: 'error' },
  rules: {
    'typescript/no-explicit-any': 'error',
    'typescript/no-floating-promises': 'error',
    'typescript/unbound-method': 'off',
    'typescript/no-misused-spread': 'off',
    'import/no-cycle': 'error',
    'unicorn/no-useless-spread': 'off',
  },
  overrides: Object.keys(ROOMS).flatMap(overridesOf),
  ignorePatterns: ['dist', 'coverage', 'src/generated'],
});
