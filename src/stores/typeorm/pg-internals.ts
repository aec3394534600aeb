/**
 * What is used of a client of pg and its wire. Read in pg 8.23.1; a change fails test/stores/typeorm.spec.ts,
 * read-only.spec.ts and transactions.spec.ts.
 */
import type { DataSource } from 'typeorm';
import { codeOf, type PooledConnection, type Row } from './databases/statement.js';
import { obtainConnection } from './typeorm-internals.js';

interface Client {
  query(
    sql: string,
    parameters: readonly unknown[],
  ): Promise<{ rows: Row[]; rowCount: number | null }>;
  on(event: 'error', listener: () => void): unknown;
  off(event: 'error', listener: () => void): unknown;
  /** The wire. Not there in pg-native. */
  readonly connection?: Record<
    'on' | 'off',
    (event: 'readyForQuery', listener: (message: ReadyForQuery) => void) => unknown
  >;
}

/** It ends each statement. The status of the session is 'I' for idle, in no transaction. */
interface ReadyForQuery {
  readonly status: string;
}

/** read_only_sql_transaction: the old primary answers so after a failover, so the next connection is a new one. */
const READ_ONLY = '25006';

/** A connection of the pool of pg. */
export async function acquirePg(dataSource: DataSource): Promise<PooledConnection> {
  const [client, giveBack] = await obtainConnection<[Client, (error?: Error) => void]>(dataSource);
  let isClean = true;
  let isWritable = true;
  const onReady = ({ status }: ReadyForQuery) => {
    isClean = status === 'I';
  };
  // A client that loses its connection emits 'error', which crashes the process where nobody listens.
  client.on('error', ignore);
  client.connection?.on('readyForQuery', onReady);
  const end = (error?: Error) => {
    client.connection?.off('readyForQuery', onReady);
    if (!error) client.off('error', ignore);
    giveBack(error);
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
