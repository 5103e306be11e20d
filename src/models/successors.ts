import type { Prisma } from '../generated/prisma/client.js';
import type { FieldProblem } from '../shared/http/problem.js';

/** Models by id, each with the id of its successor. */
export type Successors = ReadonlyMap<string, string | null>;

/**
 * The models with these ids and all that following their successors leads to. Until the transaction
 * ends nobody else can give a model a successor.
 */
export async function lockSuccessors(
  tx: Prisma.TransactionClient,
  ids: readonly string[],
): Promise<Successors> {
  // One at a time: two that change at once could close a circle neither of them sees.
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtext('base_models.replacedBy'))`;
  const chains = await tx.$queryRaw<{ id: string; replacedBy: string | null }[]>`
    WITH RECURSIVE chain AS (
      SELECT id, "replacedBy" FROM base_models WHERE id = ANY(${[...ids]}::text[])
      UNION
      SELECT next.id, next."replacedBy" FROM base_models next JOIN chain ON next.id = chain."replacedBy"
    ) SELECT id, "replacedBy" FROM chain`;
  return new Map(chains.map(({ id, replacedBy }) => [id, replacedBy]));
}

/**
 * Why a model cannot have this successor, null when it can: the successor must exist, and following
 * successors must not lead back.
 * @param id of the model; null: it is new
 */
export function successorProblem(
  successors: Successors,
  id: string | null,
  replacedBy: string,
): FieldProblem | null {
  const pointer = '/replacedBy';
  if (!successors.has(replacedBy)) return { pointer, message: 'must be the id of a model' };
  if (id === null) return null; // nothing leads to what is not there yet
  const seen = new Set<string>();
  let next: string | null = replacedBy;
  while (next !== null && !seen.has(next)) {
    if (next === id) return { pointer, message: 'must not lead back to this model' };
    seen.add(next);
    next = successors.get(next) ?? null;
  }
  return null;
}
