import type { DataSource } from 'typeorm';
import type { ServerFacts, TableNames } from './database.js';
import { homeOf } from '../table.js';
import { acquire } from './mysql-connection.js';
import { statementRunner } from './statement-runner.js';

/**
 * The clock is an integer, which no time zone and no summer time changes. `keyless` is the table of uses, where it is
 * a table and nothing makes its `token_id` unique; the parameters are its database and its name, twice.
 */
const ASK = `
  SELECT VERSION() AS version, CAST(UNIX_TIMESTAMP() * 1000 AS char) AS clock, (
    SELECT table_name FROM information_schema.tables
    WHERE table_schema = ? AND table_name = ? AND table_type = 'BASE TABLE' AND NOT EXISTS (
      SELECT 1 FROM information_schema.statistics
      WHERE table_schema = ? AND table_name = ? AND non_unique = 0
      GROUP BY index_name HAVING COUNT(*) = 1 AND MAX(column_name) = 'token_id'
    )
  ) AS keyless`;

/**
 * TypeORM's name of its driver is what the application has written, and says nothing of the server.
 *
 * @throws Error where nothing makes `token_id` unique: a use would be a row of its own each time, and allowed, where
 * other databases refuse the statement
 */
export async function askMysql(
  dataSource: DataSource,
  { uses }: TableNames,
  deadline: number,
): Promise<ServerFacts> {
  const run = statementRunner(dataSource, () => acquire(dataSource));
  const database = homeOf(dataSource);
  const parameters = [database ?? null, uses, database ?? null, uses];
  const { rows } = await run({ sql: ASK, parameters }, { manager: undefined, deadline });
  if (rows[0]?.keyless) {
    throw new Error(
      `its table ${uses} counts nothing, since token_id is no primary key; make it one by: ` +
        `ALTER TABLE ${uses} ADD PRIMARY KEY (token_id);`,
    );
  }
  return {
    places: { uses: database, answers: database, revocations: database },
    clock: Number(rows[0]?.clock),
    isMariadb: /mariadb/i.test(rows[0]?.version ?? ''),
  };
}
