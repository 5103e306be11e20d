import { PrismaPg } from '@prisma/adapter-pg';

import { PrismaClient } from '../src/generated/prisma/client.js';
import { withDatabase } from '../src/migrations/database-of-command.js';
import { migrationStatus } from '../src/migrations/migrations.js';

/** The catalogue starts empty: the seed creates nothing, it checks that the database is ready. */
async function seed(databaseUrl: string): Promise<void> {
  const { pending, problems } = await migrationStatus(databaseUrl);
  if (problems[0]) throw new Error(problems[0]);
  if (pending.length > 0)
    throw new Error('The database is not up to date: run "npm run db:migrate".');

  const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: databaseUrl }) });
  try {
    const models = await prisma.baseModel.count();
    const providers = await prisma.provider.count();
    const deployments = await prisma.modelDeployment.count();
    console.log(
      `${counted(models, 'base model')}, ${counted(providers, 'provider')}, ` +
        `${counted(deployments, 'deployment')}: add them over the API or import them.`,
    );
  } finally {
    await prisma.$disconnect();
  }
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

try {
  await withDatabase(process.env, seed);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
