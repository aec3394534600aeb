import type { DataSource } from 'typeorm';
import { betterSqlite3 } from './better-sqlite3.js';
import type { Database, ServerFacts, TableNames } from './database.js';
import { mysql } from './mysql.js';
import { cockroachdb, postgres } from './postgres.js';

/** One kind of database. */
export interface DatabaseKind {
  /**
   * What only the server knows, as it is for a new connection, whatever the application has changed on those
   * of the pool.
   *
   * @param names of the tables, not quoted
   * @param deadline by `performance.now()`
   */
  ask(dataSource: DataSource, names: TableNames, deadline: number): Promise<ServerFacts>;
  /** @param tables their names, quoted, with schema or database */
  open(dataSource: DataSource, tables: TableNames, facts: ServerFacts): Database;
}

/** Every database that the store knows, by the name of its TypeORM driver. */
export const DATABASES: ReadonlyMap<string, DatabaseKind> = new Map([
  ['better-sqlite3', betterSqlite3],
  ['postgres', postgres],
  ['cockroachdb', cockroachdb],
  ['mysql', mysql],
  ['mariadb', mysql],
]);
