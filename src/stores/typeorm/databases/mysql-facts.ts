import type { DataSource } from 'typeorm';
import type { ServerFacts, TableNames } from './database.js';
import { homeOf } from '../table.js';
import { lend } from './mysql-connection.js';
import { statementRunner } from './statement-runner.js';

/** An integer, which no time zone and no summer time changes. */
const ASK = `SELECT VERSION() AS version, CAST(UNIX_TIMESTAMP() * 1000 AS char) AS clock`;

/** TypeORM's name of its driver is what the application has written, and says nothing of the server. */
export async function askMysql(
  dataSource: DataSource,
  _names: TableNames,
  deadline: number,
): Promise<ServerFacts> {
  const run = statementRunner(dataSource, () => lend(dataSource));
  const { rows } = await run({ sql: ASK, parameters: [] }, { manager: undefined, deadline });
  const database = homeOf(dataSource);
  return {
    places: { uses: database, answers: database, revocations: database },
    clock: Number(rows[0]?.clock),
    isMariadb: /mariadb/i.test(rows[0]?.version ?? ''),
  };
}
