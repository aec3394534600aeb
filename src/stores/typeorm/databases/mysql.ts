import type { DataSource } from 'typeorm';
import type { ConsumeResult } from '../../tempid-store.js';
import { acquireMysql } from '../mysql2-internals.js';
import type { TableDefinition } from '../table-definition.js';
import { type PerTable, perTable } from '../tables.js';
import { homeOf } from '../typeorm-internals.js';
import {
  codeOf,
  Database,
  type DatabaseFactory,
  type Outcome,
  type RunOptions,
  type ServerFacts,
  type Statement,
} from './database.js';
import { runPooled } from './pooled-statement.js';

/** Over every count: an insert id above it says "refused", and the rest of it how many are spent. */
const REFUSED = 2 ** 32;

/**
 * MySQL and MariaDB. The number of rows that a statement changed does not tell an allowed use from a refused
 * one there, and MySQL returns no row of a write. But `LAST_INSERT_ID(expr)` makes a statement answer any
 * number as its insert id (MySQL Reference Manual, "Information Functions").
 */
class MysqlDatabase extends Database {
  /**
   * INSERT … SELECT would lock the gap where a row of its scopes might come, so that those who try one token again
   * and again, or use it in a long transaction, could keep a revocation away.
   */
  override readonly consumesBlindly = true;
  private readonly consumeSql: string;

  constructor(
    private readonly dataSource: DataSource,
    tables: PerTable<string>,
    private readonly isMariadb: boolean,
  ) {
    super(tables);
    this.consumeSql = `
      INSERT INTO ${tables.uses} (token_id, count, expires_at) VALUES (?, LAST_INSERT_ID(1), ?)
      ON DUPLICATE KEY UPDATE count = IF(count < ?,
        LAST_INSERT_ID(count + 1), LAST_INSERT_ID(count + ${REFUSED}) - ${REFUSED})`;
  }

  override consume(
    id: string,
    maxUses: number,
    keepUntil: number,
    lockTimeout?: number,
  ): Statement {
    const statement = { sql: this.consumeSql, parameters: [id, keepUntil, maxUses] };
    if (lockTimeout === undefined) return statement;
    // InnoDB counts in whole seconds.
    const seconds = Math.max(1, Math.floor(lockTimeout / 1_000));
    return this.isMariadb ? waitingAtMost(seconds, statement) : inSession(seconds, statement);
  }

  override readConsumed({ insertId }: Outcome): ConsumeResult {
    if (insertId < 1) throw new Error('the database did not say how many uses are spent');
    const allowed = insertId < REFUSED;
    return { allowed, used: allowed ? insertId : insertId - REFUSED };
  }

  override purge({ key }: TableDefinition, now: number, limit: number): Statement {
    const sql = `DELETE FROM ${this.tables[key]} WHERE expires_at > 0 AND expires_at < $1
      ORDER BY expires_at LIMIT $2`;
    return this.statement(sql, [now, limit]);
  }

  override run(statement: Statement, options: RunOptions): Promise<Outcome> {
    return runPooled(this.dataSource, acquireMysql, statement, options);
  }

  override mayRunAgain(error: unknown): boolean {
    return codeOf(error) === 'ER_LOCK_DEADLOCK';
  }

  override isMissingTable(error: unknown): boolean {
    return codeOf(error) === 'ER_NO_SUCH_TABLE';
  }

  /** Its placeholders have no numbers. Names in backticks may have a $ in them. */
  override statement(sql: string, parameters: Statement['parameters']): Statement {
    const ordered: Statement['parameters'][number][] = [];
    const text = sql.replaceAll(/`[^`]*`|\$(\d+)/g, (match, position?: string) => {
      if (position === undefined) return match;
      ordered.push(parameters[Number(position) - 1] ?? null);
      return '?';
    });
    return { sql: text, parameters: ordered };
  }

  override orUpdate(): string {
    return 'ON DUPLICATE KEY UPDATE';
  }

  override asText(expression: string): string {
    return `CAST(${expression} AS char)`;
  }
}

export const mysql: DatabaseFactory = {
  ask,
  open: (dataSource, tables, { isMariadb = false }) =>
    new MysqlDatabase(dataSource, tables, isMariadb),
};

/** MariaDB has a limit on waiting for locks that is for one statement alone. */
function waitingAtMost(seconds: number, { sql, parameters }: Statement): Statement {
  return { sql: `SET STATEMENT innodb_lock_wait_timeout = ${seconds} FOR ${sql}`, parameters };
}

/**
 * MySQL knows the limit for a session only; the hint SET_VAR does not set it. The session is the application's, too,
 * so it has its own limit back before the pool has the connection, and a lower one stays.
 */
function inSession(seconds: number, statement: Statement): Statement {
  const limit = '@@SESSION.innodb_lock_wait_timeout';
  const lower = `CAST(LEAST(${limit}, ${seconds}) AS SIGNED)`;
  const before = `SET @tempid_lock_wait = ${limit}, ${limit} = ${lower}`;
  return { ...statement, session: { before, after: `SET ${limit} = @tempid_lock_wait` } };
}

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
async function ask(
  dataSource: DataSource,
  { uses }: PerTable<string>,
  deadline: number,
): Promise<ServerFacts> {
  const database = homeOf(dataSource);
  const place = [database ?? null, uses];
  const statement = { sql: ASK, parameters: [...place, ...place] };
  const options = { manager: undefined, deadline };
  const { rows } = await runPooled(dataSource, acquireMysql, statement, options);
  if (rows[0]?.keyless) {
    throw new Error(
      `its table ${uses} counts nothing, since token_id is no primary key; make it one by: ` +
        `ALTER TABLE ${uses} ADD PRIMARY KEY (token_id);`,
    );
  }
  return {
    places: perTable(() => database),
    clock: Number(rows[0]?.clock),
    isMariadb: /mariadb/i.test(rows[0]?.version ?? ''),
  };
}
