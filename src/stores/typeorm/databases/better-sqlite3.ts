import type { DataSource } from 'typeorm';
import type { Issuance } from '../../tempid-store.js';
import { type PerTable, perTable } from '../tables.js';
import {
  type SqliteConnection,
  sqliteConnectionOf,
  type SqliteStatement,
} from '../typeorm-internals.js';
import {
  codeOf,
  type DatabaseFactory,
  issuanceParameters,
  type Outcome,
  type Row,
  type RunOptions,
  type Statement,
} from './database.js';
import { OnConflictDatabase } from './on-conflict.js';
import { SerialQueue } from './serial-queue.js';

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
    const isEnded = `EXISTS (${this.revocationOf(issuance, 4)})`;
    const firstUse = `SELECT CAST($1 AS varchar), 1, CAST($3 AS bigint) WHERE NOT ${isEnded}`;
    return { sql: this.consumption(firstUse), parameters };
  }

  override async run(statement: Statement, { manager, deadline }: RunOptions): Promise<Outcome> {
    const connection = () => sqliteConnectionOf(this.dataSource);
    if (!manager) {
      const work = () => withoutWaiting(connection(), () => this.execute(connection(), statement));
      return this.queue.run(work, deadline, statement.isRead);
    }
    if (connection().inTransaction) return this.execute(connection(), statement);
    throw new Error('the database had ended the transaction already');
  }

  override mayRunAgain(): boolean {
    return false;
  }

  override isMissingTable(error: unknown): boolean {
    return /^no such table\b/.test(String(Object(error).message));
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
