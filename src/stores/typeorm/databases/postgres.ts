import type { DataSource } from 'typeorm';
import { codeOf, type Row } from './database.js';
import type { DatabaseFactory } from './index.js';
import { onConflict, spendOnConflict } from './on-conflict.js';
import { type Lent, statementRunner } from './statement-runner.js';

/** A serialization failure, and a deadlock. */
const UNDONE = new Set(['40001', '40P01']);

/** As {@link postgres}; its locks are waited for as the server is set to. */
export const cockroachdb: DatabaseFactory = (dataSource, table) => {
  const { sql: purge } = onConflict(table).purge(0, 0);
  const spendOrTell = orTell(spendOnConflict(table), table);
  // Several instances take different rows, instead of waiting for each other.
  const purgeApart = purge.replace('LIMIT $2', 'LIMIT $2 FOR UPDATE SKIP LOCKED');
  return {
    ...onConflict(table),
    consume: (id, maxUses, keepUntil) => ({
      sql: spendOrTell,
      parameters: [id, maxUses, keepUntil],
    }),
    purge: (...parameters) => ({ sql: purgeApart, parameters }),
    run: statementRunner(dataSource, () => lend(dataSource)),
    mayRunAgain: (error) => UNDONE.has(codeOf(error)),
    isMissingTable: (error) => codeOf(error) === '42P01',
  };
};

export const postgres: DatabaseFactory = (dataSource, table) => {
  const common = cockroachdb(dataSource, table);
  const firstUse = 'SELECT $1::varchar, 1, $3::bigint FROM patience';
  // For this statement alone: a use that waits for a lock longer than its request does is not spent.
  const patient = orTell(
    spendOnConflict(table, firstUse),
    table,
    `patience AS MATERIALIZED (SELECT set_config('lock_timeout', $4, true)),`,
  );
  return {
    ...common,
    consume: (id, maxUses, keepUntil, patience) =>
      patience === undefined
        ? common.consume(id, maxUses, keepUntil)
        : { sql: patient, parameters: [id, maxUses, keepUntil, `${patience}ms`] },
  };
};

/** A refused use changes no row and returns none; why it was refused is read in the same statement. */
function orTell(spend: string, table: string, before = ''): string {
  return `
    WITH ${before} spent AS (${spend})
    SELECT count, allowed FROM spent
    UNION ALL
    SELECT CAST(count AS text), 'no' FROM ${table}
    WHERE token_id = $1 AND NOT EXISTS (SELECT 1 FROM spent)`;
}

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

async function lend({ driver }: DataSource): Promise<Lent> {
  const [client, giveBack] = await (driver as unknown as Driver).obtainMasterConnection();
  let isClean = true;
  const heed = ({ status }: { status: string }) => {
    isClean = status === 'I';
  };
  // A client that loses its connection says so to its query, and to whoever listens; to nobody is a crash.
  client.on('error', ignore);
  client.connection?.on('readyForQuery', heed);
  const end = (error?: Error) => {
    client.connection?.off('readyForQuery', heed);
    if (!error) client.off('error', ignore);
    giveBack(error);
  };
  return {
    async query({ sql, parameters }) {
      isClean = client.connection === undefined;
      const { rows, rowCount } = await client.query(sql, parameters);
      return { rows, affected: rowCount ?? 0, insertId: 0 };
    },
    isClean: () => isClean,
    release: () => end(),
    destroy: () => end(new Error('the connection was not as it was lent')),
  };
}

function ignore(): void {}
