import type pg from 'pg';

/** Settings that are lists of names, each quoted by itself; PostgreSQL nowhere tells which are. */
const LISTS = `('search_path', 'temp_tablespaces', 'local_preload_libraries', 'session_preload_libraries')`;

const STATEMENTS = `
  WITH source AS (SELECT *, pg_get_userbyid(datdba) AS owner FROM pg_database WHERE datname = $1),
  settings AS (
    SELECT setrole, split_part(setting, '=', 1) AS name,
           substr(setting, strpos(setting, '=') + 1) AS value
      FROM source JOIN pg_db_role_setting ON setdatabase = source.oid
           CROSS JOIN unnest(setconfig) AS setting
  )
  SELECT statement FROM (
    SELECT 1, format('ALTER DATABASE %I OWNER TO %I', $2::text, owner) FROM source
    UNION ALL
    SELECT 2, format('ALTER DATABASE %I CONNECTION LIMIT %s', $2, datconnlimit) FROM source
    UNION ALL
    SELECT 3, format('REVOKE ALL ON DATABASE %I FROM PUBLIC, %I', $2, owner)
      FROM source WHERE datacl IS NOT NULL
    UNION ALL
    SELECT 4, format('GRANT %s ON DATABASE %I TO %s', privilege_type, $2,
                     CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END)
              || CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
      FROM source CROSS JOIN aclexplode(datacl)
    UNION ALL
    SELECT 5, CASE setrole WHEN 0 THEN format('ALTER DATABASE %I', $2)
                   ELSE format('ALTER ROLE %I IN DATABASE %I', pg_get_userbyid(setrole), $2) END
              || format(' SET %I TO ', name)
              || CASE WHEN name IN ${LISTS}
                      THEN (SELECT string_agg(quote_literal(btrim(part, ' "')), ', ' ORDER BY place)
                              FROM regexp_split_to_table(value, ',') WITH ORDINALITY AS list(part, place))
                      ELSE quote_literal(value) END
      FROM settings
  ) AS listed(place, statement) ORDER BY place`;

/**
 * What a database has besides its contents, and so in no backup: its owner, its limit of
 * connections, who may do what with it, and its settings.
 * @returns the statements that give another database the same
 */
export async function propertiesOf(
  connection: pg.Pool,
  source: string,
  target: string,
): Promise<string[]> {
  const { rows } = await connection.query<{ statement: string }>(STATEMENTS, [source, target]);
  return rows.map(({ statement }) => statement);
}
