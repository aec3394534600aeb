import type { DataSource } from 'typeorm';
import {
  codeOf,
  type Database,
  type Outcome,
  type Row,
  type Statement,
  type TableNames,
} from './database.js';
import type { DatabaseKind } from './index.js';
import { answersOnConflict, onConflict } from './on-conflict.js';
import { revocationsOnConflict } from './revocations-on-conflict.js';
import { SerialQueue } from './serial-queue.js';

/** The part of a better-sqlite3 connection that is used here. */
interface Connection {
  readonly inTransaction: boolean;
  prepare(sql: string): Prepared;
  pragma(source: string, options?: { simple: boolean }): unknown;
}

interface Prepared {
  readonly reader: boolean;
  all(parameters: Record<string, unknown>): unknown[];
  run(parameters: Record<string, unknown>): { readonly changes: number };
}

const IN_TRANSACTION = new Error(
  'there was no moment without an open transaction on the SQLite connection; use tokens before a transaction ' +
    'or after it, or within it by use(token, { manager })',
);

export const betterSqlite3: DatabaseKind = {
  // Without that a temporary table of the same name would be meant.
  ask: async () => ({ places: { uses: 'main', answers: 'main', revocations: 'main' } }),
  open,
};

/**
 * TypeORM has one connection to an SQLite database, so a statement may find itself within a transaction
 * that another request has begun, and would be undone with it: a spent use would come back. So it runs
 * only while none is open, unless that transaction's manager is given.
 */
function open(dataSource: DataSource, tables: TableNames): Database {
  const line = new SerialQueue(
    dataSource,
    () => (connectionOf(dataSource).inTransaction ? IN_TRANSACTION : null),
    isBusy,
  );
  const known = new WeakMap<Connection, Map<string, Prepared>>();
  const prepare = (connection: Connection, sql: string): Prepared => {
    const statements = known.get(connection) ?? new Map<string, Prepared>();
    const prepared = statements.get(sql) ?? connection.prepare(sql);
    known.set(connection, statements.set(sql, prepared));
    return prepared;
  };
  const execute = ({ sql, parameters }: Statement): Outcome => {
    const prepared = prepare(connectionOf(dataSource), sql);
    const named = Object.fromEntries(parameters.map((value, index) => [index + 1, value]));
    if (prepared.reader) {
      return { rows: prepared.all(named) as Row[], affected: 0, insertId: 0 };
    }
    return { rows: [], affected: prepared.run(named).changes, insertId: 0 };
  };
  return {
    ...onConflict(tables),
    ...answersOnConflict(tables.answers),
    ...revocationsOnConflict(tables.revocations),
    async run(statement, { manager, deadline }) {
      if (!manager) {
        const work = () => withoutWaiting(dataSource, () => execute(statement));
        return line.run(work, deadline, statement.isRead);
      }
      if (connectionOf(dataSource).inTransaction) return execute(statement);
      throw new Error('the database had ended the transaction already');
    },
    mayRunAgain: () => false,
    isMissingTable: (error) => /^no such table\b/.test(String(Object(error).message)),
  };
}

/** Another process has locked the file, and the statement did nothing. */
function isBusy(error: unknown): error is Error {
  return codeOf(error).startsWith('SQLITE_BUSY');
}

/** SQLite waits for the lock of another process by stopping this one; so it is asked again a little later. */
function withoutWaiting<R>(dataSource: DataSource, work: () => R): R {
  const connection = connectionOf(dataSource);
  const patience = Number(connection.pragma('busy_timeout', { simple: true }));
  connection.pragma('busy_timeout = 0');
  try {
    return work();
  } finally {
    connection.pragma(`busy_timeout = ${patience}`);
  }
}

function connectionOf({ driver }: DataSource): Connection {
  return (driver as unknown as { readonly databaseConnection: Connection }).databaseConnection;
}
