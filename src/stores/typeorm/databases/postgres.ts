import type { DataSource, QueryRunner } from 'typeorm';
import { type ConsumeResult, type Issuance, REVOKED_COUNT } from '../../tempid-store.js';
import { acquirePg } from '../pg-internals.js';
import { type PerTable, perTable } from '../tables.js';
import { homeOf } from '../typeorm-internals.js';
import {
  type DatabaseFactory,
  issuanceParameters,
  type ServerFacts,
  type UseBy,
} from './database.js';
import { OnConflictDatabase, OvertakenError } from './on-conflict.js';
import { runPooled } from './pooled-statement.js';
import { codeOf, type Row, type RunOptions, type Statement, type Steps } from './statement.js';
import { runSteps } from './steps.js';

/** A serialization failure, a deadlock, and a use by somebody whose first one was counted meanwhile. */
const UNDONE = new Set(['40001', '40P01', '23502']);

/** A use that waits for a lock longer than its request does is not spent. */
class PostgresDatabase extends OnConflictDatabase {
  protected override readonly skipLocked = 'FOR UPDATE SKIP LOCKED';
  private readonly consumeSql = this.consumptionFor(undefined, undefined);
  private readonly consumeInTimeSql = this.consumptionFor(undefined, 4);

  constructor(
    private readonly dataSource: DataSource,
    tables: PerTable<string>,
  ) {
    super(tables);
  }

  override consume(
    id: string,
    maxUses: number,
    keepUntil: number,
    lockTimeout?: number,
    issuance?: Issuance,
  ): Statement {
    const parameters = [id, maxUses, keepUntil, ...issuanceParameters(issuance)];
    const isTimed = lockTimeout !== undefined;
    if (isTimed) parameters.push(`${lockTimeout}ms`);
    if (!issuance) return { sql: isTimed ? this.consumeInTimeSql : this.consumeSql, parameters };
    const sql = this.consumptionFor(issuance, isTimed ? parameters.length : undefined);
    return { sql, parameters };
  }

  protected override *countBy(use: UseBy): Steps<ConsumeResult | null> {
    const { id, maxUses, keepUntil, byHash, by, at, issuance, lockTimeout } = use;
    const parameters = [id, maxUses, keepUntil, byHash, by, at, ...issuanceParameters(issuance)];
    const isTimed = lockTimeout !== undefined;
    if (isTimed) parameters.push(`${lockTimeout}ms`);
    const sql = this.consumptionBy(issuance, isTimed ? parameters.length : undefined);
    const { rows } = yield { sql, parameters };
    const [row] = rows;
    if (!row) return null;
    if (row.allowed === 'yes') return { allowed: true, used: Number(row.count) };
    // In the transaction of the application: nobody else has seen that it was counted.
    yield this.refund(id);
    return null;
  }

  /** The count is locked first, as by those who use the token; whoever comes second finds nobody to forget. */
  override *refundBy(id: string, byHash: string): Steps<void> {
    const { uses, usedBy } = this.tables;
    const isRefundable = `token_id = $1 AND count > 0 AND count < ${REVOKED_COUNT}`;
    const sql = `WITH held AS (SELECT 1 FROM ${uses} WHERE ${isRefundable} FOR UPDATE),
      forgotten AS (
        DELETE FROM ${usedBy} WHERE token_id = $1 AND by_hash = $2 AND EXISTS (SELECT 1 FROM held) RETURNING 1
      )
      UPDATE ${uses} SET count = count - 1 WHERE ${isRefundable} AND EXISTS (SELECT 1 FROM forgotten)`;
    yield this.statement(sql, [id, byHash]);
  }

  /** Each of the steps is done or not as a whole. */
  override transact<Result>(steps: () => Steps<Result>, options: RunOptions): Promise<Result> {
    return runSteps(steps(), (statement) => this.run(statement, options));
  }

  override run(statement: Statement, options: RunOptions) {
    return runPooled(this.dataSource, acquirePg, statement, options);
  }

  override mayRunAgain(error: unknown): boolean {
    return error instanceof OvertakenError || UNDONE.has(codeOf(error));
  }

  override isMissingTable(error: unknown): boolean {
    return codeOf(error) === '42P01';
  }

  /**
   * A refused use changes no row and returns none; why it was refused is read in the same statement.
   *
   * @param timeout position of the parameter that limits the wait for a lock, for this statement alone
   */
  private consumptionFor(issuance: Issuance | undefined, timeout: number | undefined): string {
    const goesOn = issuance ? 'NOT EXISTS (SELECT 1 FROM ending)' : 'true';
    const ending = issuance && this.revocationOf(issuance, 4);
    return `WITH ${this.consumedWhere(goesOn, timeout, ending)}
      SELECT count, allowed FROM consumed
      UNION ALL
      SELECT ${this.asText('count')}, 'no' FROM ${this.tables.uses}
      WHERE token_id = $1 AND NOT EXISTS (SELECT 1 FROM consumed) AND ${goesOn}
      ${issuance ? `UNION ALL SELECT '${REVOKED_COUNT}', 'no' WHERE NOT (${goesOn})` : ''}`;
  }

  /**
   * Counts and keeps in one statement, of which a part can only fail together with the whole. One who is counted twice
   * at once is found when they are kept: their row would lose its key, for which the statement is undone. In the
   * transaction of the application, which would be undone with it, the row stays, and `allowed` is 'no'.
   */
  private consumptionBy(issuance: Issuance | undefined, timeout: number | undefined): string {
    const isNew = `NOT EXISTS (${this.useOf(4)})`;
    const goesOn = issuance ? `${isNew} AND NOT EXISTS (SELECT 1 FROM ending)` : isNew;
    const ending = issuance && this.revocationOf(issuance, 7);
    const otherwise = timeout === undefined ? 'NOTHING' : 'UPDATE SET by_hash = NULL';
    return `WITH ${this.consumedWhere(goesOn, timeout, ending)}, kept AS (
        INSERT INTO ${this.tables.usedBy} (token_id, by_hash, used_by, used_at, expires_at)
        SELECT $1::varchar, $4::varchar, $5::varchar, $6::bigint, expires_at FROM consumed
        ON CONFLICT (token_id, by_hash) DO ${otherwise} RETURNING 1
      )
      SELECT count, CASE WHEN EXISTS (SELECT 1 FROM kept) THEN 'yes' ELSE 'no' END AS allowed FROM consumed`;
  }

  /** The parts of a statement up to `consumed`. */
  private consumedWhere(
    goesOn: string,
    timeout: number | undefined,
    ending: string | undefined,
  ): string {
    const settings = timeout === undefined ? '' : 'FROM settings';
    const firstUse = `SELECT $1::varchar, 1, $3::bigint ${settings} WHERE ${goesOn}`;
    const parts = [
      ...(timeout === undefined
        ? []
        : [`settings AS MATERIALIZED (SELECT set_config('lock_timeout', $${timeout}, true))`]),
      ...(ending ? [`ending AS (${ending})`] : []),
      `consumed AS (${this.consumption(firstUse)})`,
    ];
    return parts.join(', ');
  }
}

export const postgres: DatabaseFactory = {
  ask,
  open: (dataSource, tables) => new PostgresDatabase(dataSource, tables),
};

/**
 * For this statement alone the search path is that of a new session, whatever SET has made of it. $1 are the
 * tables' names by their keys, $2 the schema that TypeORM found first in the path when it connected: a table that is
 * there is meant, else the one that the path finds.
 */
const ASK = `
  WITH fresh AS MATERIALIZED (
    SELECT set_config('search_path', reset_val, true) FROM pg_catalog.pg_settings WHERE name = 'search_path'
  )
  SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS text) AS clock, (
    SELECT CAST(nspname AS text) FROM pg_catalog.pg_class AS found
    JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = relnamespace
    WHERE relname = wanted.name AND relkind IN ('r', 'p', 'v', 'f') AND nspname NOT LIKE 'pg\\_temp\\_%'
      AND (nspname = $2 OR found.oid = to_regclass(quote_ident(wanted.name)))
    ORDER BY nspname = $2 DESC LIMIT 1
  ) AS place, wanted.key
  FROM fresh, json_each_text(CAST($1 AS json)) AS wanted (key, name)`;

async function ask(
  dataSource: DataSource,
  names: PerTable<string>,
  deadline: number,
): Promise<ServerFacts> {
  const schema = homeOf(dataSource);
  const statement = { sql: ASK, parameters: [JSON.stringify(names), schema ?? null] };
  const options = { manager: undefined, deadline };
  const { rows } = await runPooled(dataSource, acquirePg, statement, options);
  const places = new Map(rows.map(({ key, place }) => [key, place ?? schema]));
  return { places: perTable(({ key }) => places.get(key)), clock: Number(rows[0]?.clock) };
}

/**
 * The schema in which the store finds a table, asked by a migration.
 *
 * @param home the schema that TypeORM found first in the path when it connected
 */
export async function findInPostgres(
  runner: QueryRunner,
  name: string,
  home: string | undefined,
): Promise<string | undefined> {
  // The search path of the migrations' transaction stays what it was.
  await runner.startTransaction();
  try {
    const [row] = (await runner.query(ASK, [JSON.stringify({ name }), home ?? null])) as Row[];
    return row?.place ?? home;
  } finally {
    await runner.rollbackTransaction();
  }
}
