import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { type Database, type DatabaseFactory, onConflictStatements, type Row } from './database.js';

/** How long a statement waits for a transaction of the application to end, in milliseconds. */
const PATIENCE = 2_000;
const IN_TRANSACTION = `a transaction has been open on the SQLite connection for ${PATIENCE} ms; use tokens before it or after it`;

/** The part of a better-sqlite3 connection that is used here. */
interface Connection {
  readonly inTransaction: boolean;
  prepare(sql: string): Statement;
}

interface Statement {
  readonly reader: boolean;
  all(parameters: Record<string, unknown>): unknown[];
  run(parameters: Record<string, unknown>): unknown;
}

/**
 * TypeORM has one connection to an SQLite database, so a statement may find itself within a transaction
 * that another request has begun, and would be undone with it: a spent use would come back. So it runs
 * only while none is open, which the connection tells in the same turn of the event loop.
 */
export const betterSqlite3: DatabaseFactory = (dataSource, table): Database => {
  const prepared = new WeakMap<Connection, Map<string, Statement>>();
  const prepare = (connection: Connection, sql: string): Statement => {
    const known = prepared.get(connection) ?? new Map<string, Statement>();
    const statement = known.get(sql) ?? connection.prepare(sql);
    prepared.set(connection, known.set(sql, statement));
    return statement;
  };
  return {
    statements: onConflictStatements(table),
    async run(sql, parameters) {
      const connection = connectionOf(dataSource);
      // Between the last look and the statement nothing is awaited: a transaction could begin there.
      for (const start = Date.now(); connection.inTransaction; await sleep(1)) {
        if (Date.now() - start > PATIENCE) throw new Error(IN_TRANSACTION);
      }
      const statement = prepare(connection, sql);
      const named = Object.fromEntries(parameters.map((value, index) => [index + 1, value]));
      if (statement.reader) return statement.all(named) as Row[];
      statement.run(named);
      return [];
    },
  };
};

function connectionOf({ driver }: DataSource): Connection {
  return (driver as unknown as { readonly databaseConnection: Connection }).databaseConnection;
}
