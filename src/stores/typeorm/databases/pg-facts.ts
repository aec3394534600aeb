import type { DataSource, QueryRunner } from 'typeorm';
import type { Row, ServerFacts, Statement, TableNames } from './database.js';
import { homeOf } from '../table.js';
import { acquire } from './pg-connection.js';
import { statementRunner } from './statement-runner.js';

const CLOCK = 'CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS text) AS clock';

/**
 * For this statement alone the search path is what it is for a new session, whatever SET has made of it. $1, $2 and
 * $3 are the tables, $4 the schema that TypeORM has found first in the path when it connected: a table that is
 * there is meant, else the one that the path finds.
 */
const ASK_POSTGRES = `
  WITH fresh AS MATERIALIZED (
    SELECT set_config('search_path', reset_val, true) FROM pg_catalog.pg_settings WHERE name = 'search_path'
  )
  SELECT ${CLOCK}, (
    SELECT CAST(nspname AS text) FROM pg_catalog.pg_class AS found
    JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = relnamespace
    WHERE relname = wanted.name AND relkind IN ('r', 'p', 'v', 'f') AND nspname NOT LIKE 'pg\\_temp\\_%'
      AND (nspname = $4 OR found.oid = to_regclass(quote_ident(wanted.name)))
    ORDER BY nspname = $4 DESC LIMIT 1
  ) AS place
  FROM fresh, (VALUES (1, CAST($1 AS text)), (2, $2), (3, $3)) AS wanted (position, name)
  ORDER BY position`;

export async function askPostgres(
  dataSource: DataSource,
  { uses, answers, revocations }: TableNames,
  deadline: number,
): Promise<ServerFacts> {
  const schema = homeOf(dataSource);
  const parameters = [uses, answers, revocations, schema ?? null];
  const rows = await ask(dataSource, { sql: ASK_POSTGRES, parameters }, deadline);
  const [inUses, inAnswers, inRevocations] = rows.map(({ place }) => place ?? schema);
  return {
    places: { uses: inUses, answers: inAnswers, revocations: inRevocations },
    clock: Number(rows[0]?.clock),
  };
}

/**
 * The schema in which {@link askPostgres} finds a table, asked by a migration.
 *
 * @param home the schema that TypeORM has found first in the path when it connected
 */
export async function findInPostgres(
  runner: QueryRunner,
  name: string,
  home: string | undefined,
): Promise<string | undefined> {
  // The search path of the migrations' transaction stays what it was.
  await runner.startTransaction();
  try {
    const parameters = [name, name, name, home ?? null];
    const [row] = (await runner.query(ASK_POSTGRES, parameters)) as Row[];
    return row?.place ?? home;
  } finally {
    await runner.rollbackTransaction();
  }
}

export async function askCockroachdb(
  dataSource: DataSource,
  _names: TableNames,
  deadline: number,
): Promise<ServerFacts> {
  const rows = await ask(dataSource, { sql: `SELECT ${CLOCK}`, parameters: [] }, deadline);
  const schema = homeOf(dataSource);
  return {
    places: { uses: schema, answers: schema, revocations: schema },
    clock: Number(rows[0]?.clock),
  };
}

async function ask(
  dataSource: DataSource,
  statement: Statement,
  deadline: number,
): Promise<readonly Row[]> {
  const run = statementRunner(dataSource, () => acquire(dataSource));
  return (await run(statement, { manager: undefined, deadline })).rows;
}
