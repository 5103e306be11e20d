import { Prisma } from '../../generated/prisma/client.js';
import { DEEP_TOKENS, STANDARD_TOKENS } from '../probes/max-context-window.probe.js';
import { DEEP_ATTEMPTS } from '../validation/outcome.js';

const SMOKE = usd(Prisma.sql`500`, 700);
const STANDARD = suite(Prisma.sql`${STANDARD_TOKENS}::float8`);
const DEEP = suite(Prisma.sql`
  least((capabilities->>'maxContextWindow')::float8, ${DEEP_TOKENS}::float8)`);

/**
 * What a run costs, in US dollars: rather too much, as hardly any model claims everything. Made of
 * the columns of the run, its deployment and its base model; where there is no run, of one in the
 * profile `standard`. The tokens are those of all claims, each settled by its first attempt, or by
 * as many as `deep` makes.
 */
export const ESTIMATE_USD = Prisma.sql`
  least("maxCostUsd", CASE profile WHEN 'smoke' THEN ${SMOKE}
                                   WHEN 'deep' THEN ${DEEP_ATTEMPTS}::int * ${DEEP}
                                   ELSE ${STANDARD} END)`;

/** Of all probes, one of which fills so much of the window. */
function suite(windowTokens: Prisma.Sql): Prisma.Sql {
  return usd(Prisma.sql`(18000 + ${windowTokens})`, 3_200);
}

function usd(inputTokens: Prisma.Sql, outputTokens: number): Prisma.Sql {
  return Prisma.sql`
    (${inputTokens} * "costPer1MInput" + ${outputTokens}::int * "costPer1MOutput") / 1000000`;
}
