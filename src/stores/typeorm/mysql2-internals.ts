/**
 * What is used of a connection of mysql2. Read in mysql2 3.24.6; a change fails test/stores/typeorm.spec.ts,
 * read-only.spec.ts and transactions.spec.ts.
 */
import type { DataSource } from 'typeorm';
import type { PooledConnection, Row } from './databases/statement.js';
import { obtainConnection } from './typeorm-internals.js';

interface Connection {
  query(
    sql: string,
    parameters: readonly unknown[],
    callback: (error: MysqlError | null, answer: Row[] | Header) => void,
  ): unknown;
  release(): void;
  destroy(): void;
}

interface MysqlError extends Error {
  /** The connection is lost. */
  readonly fatal?: boolean;
  /** Set where the server answered. */
  readonly sqlState?: string;
  readonly errno?: number;
}

interface Header {
  readonly affectedRows: number;
  readonly insertId: number | string;
  readonly serverStatus: number;
}

/**
 * ER_OPTION_PREVENTS_STATEMENT (--read-only), ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION and ER_READ_ONLY_MODE: the old
 * primary answers so after a failover, so the next connection is a new one.
 */
const READ_ONLY: ReadonlySet<number | undefined> = new Set([1290, 1792, 1836]);

/** A connection of the pool of mysql2. */
export async function acquireMysql(dataSource: DataSource): Promise<PooledConnection> {
  const connection = await obtainConnection<Connection>(dataSource);
  let isClean = true;
  return {
    query: ({ sql, parameters }) =>
      new Promise((resolve, reject) => {
        isClean = false;
        connection.query(sql, parameters, (error, answer) => {
          isClean = error
            ? error.sqlState !== undefined && !error.fatal && !READ_ONLY.has(error.errno)
            : Array.isArray(answer) || !isInTransaction(answer.serverStatus);
          if (error) reject(error);
          else if (Array.isArray(answer)) resolve({ rows: answer, affected: 0, insertId: 0 });
          else
            resolve({ rows: [], affected: answer.affectedRows, insertId: Number(answer.insertId) });
        });
      }),
    isClean: () => isClean,
    release: () => connection.release(),
    destroy: () => connection.destroy(),
  };
}

/** SERVER_STATUS_IN_TRANS of the protocol of MySQL. */
export function isInTransaction(serverStatus: number): boolean {
  return (serverStatus & 1) === 1;
}
