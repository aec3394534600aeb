import type { DataSource } from 'typeorm';
import { codeOf, type Row } from './database.js';
import type { PooledConnection } from './statement-runner.js';

/** What is used of TypeORM's driver and of a client of pg. */
interface Driver {
  obtainMasterConnection(): Promise<[Client, release: (error?: Error) => void]>;
}

interface Client {
  query(
    sql: string,
    parameters: readonly unknown[],
  ): Promise<{ rows: Row[]; rowCount: number | null }>;
  on(event: 'error', listener: () => void): unknown;
  off(event: 'error', listener: () => void): unknown;
  /** Not there in pg-native. */
  readonly connection?: Wire;
}

/** It says of each statement when it is over, and of the session: 'I' for idle, in no transaction. */
interface Wire {
  on(event: 'readyForQuery', listener: (message: { status: string }) => void): unknown;
  off(event: 'readyForQuery', listener: (message: { status: string }) => void): unknown;
}

/** read_only_sql_transaction: after a failover it is what the old primary answers, so the next one is dialled. */
const READ_ONLY = '25006';

/** A connection of the pool of pg. */
export async function acquire({ driver }: DataSource): Promise<PooledConnection> {
  const [client, refund] = await (driver as unknown as Driver).obtainMasterConnection();
  let isClean = true;
  let isWritable = true;
  const heed = ({ status }: { status: string }) => {
    isClean = status === 'I';
  };
  // A client that loses its connection says so to its query, and to whoever listens; to nobody is a crash.
  client.on('error', ignore);
  client.connection?.on('readyForQuery', heed);
  const end = (error?: Error) => {
    client.connection?.off('readyForQuery', heed);
    if (!error) client.off('error', ignore);
    refund(error);
  };
  return {
    async query({ sql, parameters }) {
      isClean = client.connection === undefined;
      try {
        const { rows, rowCount } = await client.query(sql, parameters);
        return { rows, affected: rowCount ?? 0, insertId: 0 };
      } catch (error) {
        isWritable = codeOf(error) !== READ_ONLY;
        throw error;
      }
    },
    isClean: () => isClean && isWritable,
    release: () => end(),
    destroy: () => end(new Error('the connection was not as it was lent')),
  };
}

function ignore(): void {}
