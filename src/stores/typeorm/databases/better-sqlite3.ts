import type { DataSource } from 'typeorm';
import { type Database, type DatabaseFactory, onConflictStatements, type Row } from './database.js';
import { OutsideTransactions } from './outside-transactions.js';

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
 * only while none is open.
 */
export const betterSqlite3: DatabaseFactory = (dataSource, table): Database => {
  const prepared = new WeakMap<Connection, Map<string, Statement>>();
  const prepare = (connection: Connection, sql: string): Statement => {
    const known = prepared.get(connection) ?? new Map<string, Statement>();
    const statement = known.get(sql) ?? connection.prepare(sql);
    prepared.set(connection, known.set(sql, statement));
    return statement;
  };
  const outside = new OutsideTransactions(dataSource, () => connectionOf(dataSource).inTransaction);
  return {
    statements: onConflictStatements(table),
    async run(sql, parameters) {
      return outside.run(() => {
        const statement = prepare(connectionOf(dataSource), sql);
        const named = Object.fromEntries(parameters.map((value, index) => [index + 1, value]));
        if (statement.reader) return statement.all(named) as Row[];
        statement.run(named);
        return [];
      });
    },
  };
};

function connectionOf({ driver }: DataSource): Connection {
  return (driver as unknown as { readonly databaseConnection: Connection }).databaseConnection;
}
