import type { DataSource } from 'typeorm';
import { betterSqlite3 } from './better-sqlite3.js';
import type { Database, TableNames } from './database.js';
import { mysql } from './mysql.js';
import { cockroachdb, postgres } from './postgres.js';

export type DatabaseFactory = (dataSource: DataSource, tables: TableNames) => Database;

/** Every database that the store knows, by the name of its TypeORM driver. */
export const DATABASES: ReadonlyMap<string, DatabaseFactory> = new Map([
  ['better-sqlite3', betterSqlite3],
  ['postgres', postgres],
  ['cockroachdb', cockroachdb],
  ['mysql', mysql],
  ['mariadb', mysql],
]);
