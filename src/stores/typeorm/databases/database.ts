import type { DataSource } from 'typeorm';
import { REVOKED_COUNT } from '../../tempid-store.js';

/** One row of a statement's answer. Drivers that return 64 bits as text return text. */
export interface Row {
  readonly count?: number | string;
  readonly allowed?: boolean | number;
}

/** What the store needs of one kind of database: its SQL, and one way to run a statement. */
export interface Database {
  readonly statements: Statements;
  run(sql: string, parameters: readonly (string | number)[]): Promise<readonly Row[]>;
}

/** Makes a {@link Database}; the table's name comes quoted. */
export type DatabaseFactory = (dataSource: DataSource, table: string) => Database;

/** Each a single statement, with its parameters in order. */
export interface Statements {
  /** id, maxUses, keepUntil: a row of `count` and `allowed`; no row may stand for a refusal. */
  readonly consume: string;
  /** id: a row of `count`, or none. */
  readonly used: string;
  /** id */
  readonly refund: string;
  /** id, keepUntil */
  readonly revoke: string;
  /** now, limit: a row for each that was removed. */
  readonly purge: string;
}

/** The statements of databases that know `ON CONFLICT` and `RETURNING`. */
export function onConflictStatements(table: string): Statements {
  return {
    consume: `
      INSERT INTO ${table} AS uses (token_id, count, expires_at) VALUES ($1, 1, $3)
      ON CONFLICT (token_id) DO UPDATE SET count = uses.count + 1 WHERE uses.count < $2
      RETURNING count, true AS allowed`,
    used: `SELECT count FROM ${table} WHERE token_id = $1`,
    refund: `
      UPDATE ${table} SET count = count - 1
      WHERE token_id = $1 AND count > 0 AND count < ${REVOKED_COUNT}`,
    revoke: `
      INSERT INTO ${table} (token_id, count, expires_at) VALUES ($1, ${REVOKED_COUNT}, $2)
      ON CONFLICT (token_id) DO UPDATE SET count = ${REVOKED_COUNT}`,
    purge: `
      DELETE FROM ${table} WHERE token_id IN (
        SELECT token_id FROM ${table} WHERE expires_at < $1 ORDER BY expires_at LIMIT $2
      ) RETURNING 1`,
  };
}
