import type { DataSource, QueryRunner } from 'typeorm';
import { type Issuance, REVOKED_COUNT } from '../../tempid-store.js';
import { acquirePg } from '../pg-internals.js';
import { type PerTable, perTable } from '../tables.js';
import { homeOf } from '../typeorm-internals.js';
import {
  codeOf,
  type DatabaseFactory,
  issuanceParameters,
  type Row,
  type RunOptions,
  type ServerFacts,
  type Statement,
} from './database.js';
import { OnConflictDatabase } from './on-conflict.js';
import { runPooled } from './pooled-statement.js';

/** A serialization failure, and a deadlock. */
const UNDONE = new Set(['40001', '40P01']);

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

  override run(statement: Statement, options: RunOptions) {
    return runPooled(this.dataSource, acquirePg, statement, options);
  }

  override mayRunAgain(error: unknown): boolean {
    return UNDONE.has(codeOf(error));
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
    const settings = timeout === undefined ? '' : 'FROM settings';
    const firstUse = `SELECT $1::varchar, 1, $3::bigint ${settings} WHERE ${goesOn}`;
    const parts = [
      ...(timeout === undefined
        ? []
        : [`settings AS MATERIALIZED (SELECT set_config('lock_timeout', $${timeout}, true))`]),
      ...(issuance ? [`ending AS (${this.revocationOf(issuance, 4)})`] : []),
      `consumed AS (${this.consumption(firstUse)})`,
    ];
    return `WITH ${parts.join(', ')}
      SELECT count, allowed FROM consumed
      UNION ALL
      SELECT ${this.asText('count')}, 'no' FROM ${this.tables.uses}
      WHERE token_id = $1 AND NOT EXISTS (SELECT 1 FROM consumed) AND ${goesOn}
      ${issuance ? `UNION ALL SELECT '${REVOKED_COUNT}', 'no' WHERE NOT (${goesOn})` : ''}`;
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
