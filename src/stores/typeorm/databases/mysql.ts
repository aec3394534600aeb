import type { DataSource } from 'typeorm';
import { type ConsumeResult, REVOKED_COUNT } from '../../tempid-store.js';
import { repeatedUse } from '../../used-by.js';
import { acquireMysql } from '../mysql2-internals.js';
import type { TableDefinition } from '../table-definition.js';
import { type PerTable, perTable, USED_BY, USES } from '../tables.js';
import { homeOf } from '../typeorm-internals.js';
import { Database, type DatabaseFactory, type ServerFacts, type UseBy } from './database.js';
import { runPooled, transactPooled } from './pooled-statement.js';
import { codeOf, type Outcome, type RunOptions, type Statement, type Steps } from './statement.js';

/** Over every count: an insert id above it says "refused", and the rest of it how many are spent. */
const REFUSED = 2 ** 32;
/** Over every moment in milliseconds: an insert id above it says that somebody is kept now, and was not before. */
const KEPT = 2 ** 50;

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
  private readonly isMariadb: boolean;
  private readonly isKeyless: boolean;

  constructor(
    private readonly dataSource: DataSource,
    tables: PerTable<string>,
    { isMariadb = false, isKeyless = false }: ServerFacts,
  ) {
    super(tables);
    this.isMariadb = isMariadb;
    this.isKeyless = isKeyless;
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
    const seconds = toLockWait(lockTimeout);
    return this.isMariadb
      ? waitingAtMost(seconds, statement)
      : { ...statement, session: sessionWaitingAtMost(seconds) };
  }

  /**
   * Whoever uses a token holds its count until all is done, so the others wait, and what was found stays. The row of
   * somebody is made even where no use is left: to look for one that is not there would lock the gap around it.
   */
  override *consumeBy(use: UseBy): Steps<ConsumeResult> {
    const { id, maxUses, keepUntil, byHash, issuance } = use;
    if (this.isKeyless) {
      const key = 'token_id, by_hash';
      throw new Error(
        `its table ${this.tables.usedBy} keeps nobody, since nothing makes (${key}) unique; make it so by: ` +
          `ALTER TABLE ${this.tables.usedBy} ADD PRIMARY KEY (${key});`,
      );
    }
    const { allowed, used } = this.readConsumed(yield this.consume(id, maxUses, keepUntil));
    let undo = allowed ? [this.refund(id)] : [];
    try {
      const look = issuance && (yield this.used(id, issuance));
      if (Math.max(used, Number(look?.rows[0]?.count ?? 0)) >= REVOKED_COUNT) {
        return { allowed: false, used: REVOKED_COUNT };
      }
      const { insertId } = yield this.keep(use);
      if (insertId < 1) throw new Error('the database did not say whether they had their use');
      if (insertId < KEPT) return repeatedUse(insertId, allowed ? used - 1 : used, use);
      undo = allowed ? [] : [this.forget(id, byHash)];
      return { allowed, used };
    } finally {
      for (const statement of undo) yield { ...statement, isUndo: true };
    }
  }

  override transact<Result>(steps: () => Steps<Result>, options: RunOptions): Promise<Result> {
    const { before, after } = sessionWaitingAtMost(toLockWait(options.lockTimeout ?? 0));
    // It commits nothing of others, as START TRANSACTION would, where the pool lent an open transaction.
    const session = { before: `${before}, autocommit = 0`, after: `${after}, autocommit = 1` };
    return transactPooled(this.dataSource, acquireMysql, steps, session, options);
  }

  protected override revokeIfUnused(id: string, keepUntil: number): Statement {
    const sql = `INSERT INTO ${this.tables.uses} (token_id, count, expires_at)
      VALUES ($1, LAST_INSERT_ID(${REVOKED_COUNT}), $2) ON DUPLICATE KEY UPDATE
      expires_at = IF(count = 0, ${this.later('$2')}, expires_at),
      count = IF(count = 0, LAST_INSERT_ID(${REVOKED_COUNT}), LAST_INSERT_ID(count + ${REFUSED}) - ${REFUSED})`;
    return this.statement(sql, [id, keepUntil]);
  }

  /** Keeps one who is not kept yet. The insert id is over {@link KEPT}, or says when they had their use. */
  private keep({ id, byHash, by, at }: UseBy): Statement {
    const { uses, usedBy } = this.tables;
    const sql = `INSERT INTO ${usedBy} (token_id, by_hash, used_by, used_at, expires_at)
      SELECT $1, $2, $3, LAST_INSERT_ID($4 + ${KEPT}) - ${KEPT}, expires_at FROM ${uses} WHERE token_id = $1
      ON DUPLICATE KEY UPDATE used_at = LAST_INSERT_ID(${usedBy}.used_at)`;
    return this.statement(sql, [id, byHash, by, at]);
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
  open: (dataSource, tables, facts) => new MysqlDatabase(dataSource, tables, facts),
};

/** MariaDB has a limit on waiting for locks that is for one statement alone. */
function waitingAtMost(seconds: number, { sql, parameters }: Statement): Statement {
  return { sql: `SET STATEMENT innodb_lock_wait_timeout = ${seconds} FOR ${sql}`, parameters };
}

/**
 * MySQL knows the limit for a session only; the hint SET_VAR does not set it. The session is the application's, too,
 * so it has its own limit back before the pool has the connection, and a lower one stays.
 */
function sessionWaitingAtMost(seconds: number) {
  const limit = '@@SESSION.innodb_lock_wait_timeout';
  const lower = `CAST(LEAST(${limit}, ${seconds}) AS SIGNED)`;
  const before = `SET @tempid_lock_wait = ${limit}, ${limit} = ${lower}`;
  return { before, after: `SET ${limit} = @tempid_lock_wait` };
}

/** InnoDB counts in whole seconds. */
function toLockWait(milliseconds: number): number {
  return Math.max(1, Math.floor(milliseconds / 1_000));
}

/**
 * The clock is an integer, which no time zone and no summer time changes. `keyless` is the table of uses, and
 * `keyless_users` that of those who used tokens, where it is a table and nothing makes its rows unique; the parameters
 * are its database and its name, twice.
 */
const ASK = `
  SELECT VERSION() AS version, CAST(UNIX_TIMESTAMP() * 1000 AS char) AS clock,
    (${keylessTable(USES)}) AS keyless, (${keylessTable(USED_BY)}) AS keyless_users`;

function keylessTable({ primaryKey }: TableDefinition): string {
  const names = primaryKey.map((name) => `'${name}'`).join(', ');
  const { length } = primaryKey;
  return `
    SELECT table_name FROM information_schema.tables
    WHERE table_schema = ? AND table_name = ? AND table_type = 'BASE TABLE' AND NOT EXISTS (
      SELECT 1 FROM information_schema.statistics
      WHERE table_schema = ? AND table_name = ? AND non_unique = 0
      GROUP BY index_name HAVING COUNT(*) = ${length} AND SUM(column_name IN (${names})) = ${length}
    )`;
}

/**
 * TypeORM's name of its driver is what the application has written, and says nothing of the server.
 *
 * @throws Error where nothing makes `token_id` unique: a use would be a row of its own each time, and allowed, where
 * other databases refuse the statement
 */
async function ask(
  dataSource: DataSource,
  { uses, usedBy }: PerTable<string>,
  deadline: number,
): Promise<ServerFacts> {
  const database = homeOf(dataSource);
  const parameters = [uses, uses, usedBy, usedBy].flatMap((name) => [database ?? null, name]);
  const options = { manager: undefined, deadline };
  const { rows } = await runPooled(dataSource, acquireMysql, { sql: ASK, parameters }, options);
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
    isKeyless: Boolean(rows[0]?.keyless_users),
  };
}
