import type { DataSource } from 'typeorm';
import type { Row } from './database.js';
import { isInTransaction, type Lent } from './statement-runner.js';

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
}

interface Header {
  readonly affectedRows: number;
  readonly insertId: number | string;
  readonly serverStatus: number;
}

/** A connection of the pool of mysql2. */
export async function lend({ driver }: DataSource): Promise<Lent> {
  const connection = await (driver as unknown as Driver).obtainMasterConnection();
  let isClean = true;
  return {
    query: ({ sql, parameters }) =>
      new Promise((resolve, reject) => {
        isClean = false;
        connection.query(sql, parameters, (error, answer) => {
          isClean = error
            ? error.sqlState !== undefined && !error.fatal
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
