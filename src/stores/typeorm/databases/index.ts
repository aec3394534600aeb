import { betterSqlite3 } from './better-sqlite3.js';
import type { DatabaseFactory } from './database.js';
import { postgres } from './postgres.js';

/** Every database that the store knows, by the name of its TypeORM driver. */
export const DATABASES: ReadonlyMap<string, DatabaseFactory> = new Map([
  ['better-sqlite3', betterSqlite3],
  ['postgres', postgres],
]);
