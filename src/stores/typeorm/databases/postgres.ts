import type { DataSource } from 'typeorm';
import { codeOf, type Row } from './database.js';
import type { DatabaseFactory } from './index.js';
import { onConflict } from './on-conflict.js';
import { type Lent, statementRunner } from './statement-runner.js';

/** A serialization failure, and a deadlock. */
const UNDONE = new Set(['40001', '40P01']);

/** PostgreSQL, and CockroachDB, which speaks its dialect and its protocol. */
export const postgres: DatabaseFactory = (dataSource, table) => {
  const common = onConflict(table);
  const { sql: consume } = common.consume('', 0, 0);
  const { sql: purge } = common.purge(0, 0);
  // A refused use changes no row and returns none; why it was refused is read in the same statement.
  const consumeOrTell = `
    WITH spent AS (${consume})
    SELECT count, allowed FROM spent
    UNION ALL
    SELECT count, false FROM ${table} WHERE token_id = $1 AND NOT EXISTS (SELECT 1 FROM spent)`;
  // Several instances take different rows, instead of waiting for each other.
  const purgeApart = purge.replace('LIMIT $2', 'LIMIT $2 FOR UPDATE SKIP LOCKED');
  return {
    ...common,
    consume: (...parameters) => ({ sql: consumeOrTell, parameters }),
    purge: (...parameters) => ({ sql: purgeApart, parameters }),
    run: statementRunner(dataSource, () => lend(dataSource)),
    mayRunAgain: (error) => UNDONE.has(codeOf(error)),
    isMissingTable: (error) => codeOf(error) === '42P01',
  };
};

/** What is used of TypeORM's driver and of a client of pg. */
interface Driver {
  obtainMasterConnection(): Promise<[Client, release: () => void]>;
}

interface Client {
  query(
    sql: string,
    parameters: readonly unknown[],
  ): Promise<{ rows: Row[]; rowCount: number | null }>;
  on(event: 'error', listener: () => void): unknown;
  off(event: 'error', listener: () => void): unknown;
}

async function lend({ driver }: DataSource): Promise<Lent> {
  const [client, release] = await (driver as unknown as Driver).obtainMasterConnection();
  // A client that loses its connection says so to its query, and to whoever listens; to nobody is a crash.
  client.on('error', ignore);
  return {
    async query({ sql, parameters }) {
      const { rows, rowCount } = await client.query(sql, parameters);
      return { rows, affected: rowCount ?? 0, insertId: 0 };
    },
    release() {
      client.off('error', ignore);
      release();
    },
  };
}

function ignore(): void {}
