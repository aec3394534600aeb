import type { DataSource } from 'typeorm';
import type { ConsumeResult, Issuance } from '../../tempid-store.js';
import { type PerTable, perTable } from '../tables.js';
import {
  type SqliteConnection,
  sqliteConnectionOf,
  type SqliteStatement,
} from '../typeorm-internals.js';
import { type DatabaseFactory, issuanceParameters, type UseBy } from './database.js';
import { OnConflictDatabase } from './on-conflict.js';
import { SerialQueue } from './serial-queue.js';
import {
  codeOf,
  type Outcome,
  type Row,
  type RunOptions,
  type Statement,
  type Steps,
} from './statement.js';
import { runStepsNow, untilEnd } from './steps.js';

/**
 * TypeORM has one connection to an SQLite database, so a statement may find itself within a transaction
 * that another request has begun, and would be undone with it: a spent use would come back. So it runs
 * only while none is open, unless that transaction's manager is given.
 */
class SqliteDatabase extends OnConflictDatabase {
  private readonly consumeSql: string;
  private readonly queue: SerialQueue;
  private readonly prepared = new WeakMap<SqliteConnection, Map<string, SqliteStatement>>();

  constructor(
    private readonly dataSource: DataSource,
    tables: PerTable<string>,
  ) {
    super(tables);
    this.consumeSql = this.consumption('VALUES ($1, 1, $3)');
    const obstacle = () => (sqliteConnectionOf(dataSource).inTransaction ? IN_TRANSACTION : null);
    this.queue = new SerialQueue(dataSource, obstacle, isBusy);
  }

  override consume(
    id: string,
    maxUses: number,
    keepUntil: number,
    _lockTimeout?: number,
    issuance?: Issuance,
  ): Statement {
    const parameters = [id, maxUses, keepUntil, ...issuanceParameters(issuance)];
    if (!issuance) return { sql: this.consumeSql, parameters };
    return { sql: this.consumptionUnless([this.revocationOf(issuance, 4)]), parameters };
  }

  protected override *countBy(use: UseBy): Steps<ConsumeResult | null> {
    const { id, maxUses, keepUntil, by, byHash, at, issuance } = use;
    const hindrances = [this.useOf(4), ...(issuance ? [this.revocationOf(issuance, 5)] : [])];
    const sql = this.consumptionUnless(hindrances);
    const parameters = [id, maxUses, keepUntil, byHash, ...issuanceParameters(issuance)];
    const counted = this.readConsumed(yield { sql, parameters });
    if (!counted) return null;
    const { uses, usedBy } = this.tables;
    const keep = `INSERT INTO ${usedBy} (token_id, by_hash, used_by, used_at, expires_at)
      SELECT $1, $2, $3, $4, expires_at FROM ${uses} WHERE token_id = $1`;
    let isKept = false;
    try {
      yield this.statement(keep, [id, byHash, by, at]);
      isKept = true;
      return counted;
    } finally {
      if (!isKept) yield { ...this.refund(id), isUndo: true };
    }
  }

  override run(statement: Statement, options: RunOptions): Promise<Outcome> {
    return this.work(
      (connection) => this.execute(connection, statement),
      options,
      statement.isRead,
    );
  }

  override transact<Result>(steps: () => Steps<Result>, options: RunOptions): Promise<Result> {
    const run = (connection: SqliteConnection, all: Steps<Result>) =>
      runStepsNow(all, (statement) => this.execute(connection, statement));
    return this.work((connection) => {
      if (options.manager) return run(connection, steps());
      this.execute(connection, { sql: 'BEGIN IMMEDIATE', parameters: [] });
      return run(connection, untilEnd(steps()));
    }, options);
  }

  override mayRunAgain(): boolean {
    return false;
  }

  override isMissingTable(error: unknown): boolean {
    return /^no such table\b/.test(String(Object(error).message));
  }

  private async work<Result>(
    work: (connection: SqliteConnection) => Result,
    { manager, deadline }: RunOptions,
    isRead?: true,
  ): Promise<Result> {
    const connection = () => sqliteConnectionOf(this.dataSource);
    if (!manager) {
      const now = () => withoutWaiting(connection(), () => work(connection()));
      return this.queue.run(now, deadline, isRead);
    }
    if (connection().inTransaction) return work(connection());
    throw new Error('the database had ended the transaction already');
  }

  /** @param hindrances each selects a row where the use is not counted */
  private consumptionUnless(hindrances: readonly string[]): string {
    const isFree = hindrances.map((hindrance) => `NOT EXISTS (${hindrance})`).join(' AND ');
    return this.consumption(`SELECT CAST($1 AS varchar), 1, CAST($3 AS bigint) WHERE ${isFree}`);
  }

  private execute(connection: SqliteConnection, { sql, parameters }: Statement): Outcome {
    const statements = this.prepared.get(connection) ?? new Map<string, SqliteStatement>();
    const statement = statements.get(sql) ?? connection.prepare(sql);
    this.prepared.set(connection, statements.set(sql, statement));
    const named = Object.fromEntries(parameters.map((value, index) => [index + 1, value]));
    if (statement.reader) {
      return { rows: statement.all(named) as Row[], affected: 0, insertId: 0 };
    }
    return { rows: [], affected: statement.run(named).changes, insertId: 0 };
  }
}

export const betterSqlite3: DatabaseFactory = {
  // Without that a temporary table of the same name would be meant.
  ask: async () => ({ places: perTable(() => 'main') }),
  open: (dataSource, tables) => new SqliteDatabase(dataSource, tables),
};

const IN_TRANSACTION = new Error(
  'there was no moment without an open transaction on the SQLite connection; use tokens before a transaction ' +
    'or after it, or within it by use(token, { manager })',
);

/** Another process has locked the file, and the statement did nothing. */
function isBusy(error: unknown): error is Error {
  return codeOf(error).startsWith('SQLITE_BUSY');
}

/** SQLite waits for the lock of another process by stopping this one; so it is asked again a little later. */
function withoutWaiting<R>(connection: SqliteConnection, work: () => R): R {
  const timeout = Number(connection.pragma('busy_timeout', { simple: true }));
  connection.pragma('busy_timeout = 0');
  try {
    return work();
  } finally {
    connection.pragma(`busy_timeout = ${timeout}`);
  }
}
