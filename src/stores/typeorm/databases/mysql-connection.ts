import type { DataSource } from 'typeorm';
import type { Row } from './database.js';
import { isInTransaction, type PooledConnection } from './statement-runner.js';

/** What is used of TypeORM's driver and of a connection of mysql2. */
interface Driver {
  obtainMasterConnection(): Promise<Connection>;
}

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
  /** Of the connection, which is lost then. */
  readonly fatal?: boolean;
  /** Of the server. */
  readonly sqlState?: string;
  readonly errno?: number;
}

interface Header {
  readonly affectedRows: number;
  readonly insertId: number | string;
  readonly serverStatus: number;
}

/**
 * ER_OPTION_PREVENTS_STATEMENT (--read-only), ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION and ER_READ_ONLY_MODE: after
 * a failover it is what the old primary answers, so the next one is dialled.
 */
const READ_ONLY: ReadonlySet<number | undefined> = new Set([1290, 1792, 1836]);

/** A connection of the pool of mysql2. */
export async function acquire({ driver }: DataSource): Promise<PooledConnection> {
  const connection = await (driver as unknown as Driver).obtainMasterConnection();
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
