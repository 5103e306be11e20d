import { Prisma } from '../../generated/prisma/client.js';

/**
 * What a run costs, in US dollars: rather too much, as hardly any model claims everything. Made of
 * the columns of the run, its deployment and its base model; where there is no run, of one in the
 * profile `standard`. The tokens are those of all claims, each settled by its first attempt; `deep`
 * makes three, each of which fills the whole window, up to two million tokens.
 */
export const ESTIMATE_USD = Prisma.sql`
  least("maxCostUsd", CASE profile
    WHEN 'smoke' THEN 500 * "costPer1MInput" + 700 * "costPer1MOutput"
    WHEN 'deep' THEN 3 * ((18000 + least((capabilities->>'maxContextWindow')::float8, 2000000))
                          * "costPer1MInput" + 3200 * "costPer1MOutput")
    ELSE 26000 * "costPer1MInput" + 3200 * "costPer1MOutput"
  END / 1000000)`;
