import type { DataSource, QueryRunner } from 'typeorm';
import { isInTransaction } from '../mysql2-internals.js';
import type { Outcome, PooledConnection, Row, RunOptions, Statement } from './database.js';

/** How long a session may take to be as it was, in milliseconds, before its connection is ended instead. */
const RESTORE_TIMEOUT_MS = 2_000;

/**
 * Runs a statement in the transaction of a manager, or by itself on a connection of the driver's pool: a query runner
 * of TypeORM would cost a fifth of a use. It is shown to TypeORM's logger.
 */
export async function runPooled(
  dataSource: DataSource,
  acquire: (dataSource: DataSource) => Promise<PooledConnection>,
  statement: Statement,
  { manager, deadline }: RunOptions,
): Promise<Outcome> {
  if (manager?.queryRunner) return queryBy(manager.queryRunner, statement);
  const connection = await acquire(dataSource);
  const left = deadline - performance.now();
  if (left > 0) return runWithin(left, connection, dataSource, statement);
  // A use that waited for a connection longer than its request did is not spent for nobody.
  connection.release();
  throw new Error('no connection was free in time');
}

/**
 * A server that is silent does not keep the connection. And one that the pool lent with the transaction of
 * somebody else still open is ended, since the use would be undone with that.
 *
 * @param left milliseconds
 */
async function runWithin(
  left: number,
  connection: PooledConnection,
  { logger }: DataSource,
  statement: Statement,
): Promise<Outcome> {
  const { session } = statement;
  let isDestroyed = false;
  const destroy = () => {
    if (!isDestroyed) connection.destroy();
    isDestroyed = true;
  };
  const release = () => {
    if (!connection.isClean()) destroy();
    if (!isDestroyed) connection.release();
  };
  const query = async (asked: Statement) => {
    const { sql, parameters } = asked;
    logger.logQuery(sql, [...parameters]);
    try {
      return await connection.query(asked);
    } catch (error) {
      logger.logQueryError(error instanceof Error ? error : String(error), sql, [...parameters]);
      throw error;
    }
  };
  let turn: NodeJS.Immediate | undefined;
  // Where this process itself was held up, the answer may be there, and comes before the next turn.
  const timer = setTimeout(() => (turn = setImmediate(destroy)), left);
  try {
    if (session) await query({ sql: session.before, parameters: [] });
    const outcome = connection.isClean() && (await query(statement));
    if (!outcome || !connection.isClean()) {
      throw new Error('the pool lent a connection with an open transaction');
    }
    return outcome;
  } finally {
    clearTimeout(timer);
    clearImmediate(turn);
    if (session && connection.isClean() && !isDestroyed) {
      // The answer does not wait for it.
      const restoreTimer = setTimeout(destroy, RESTORE_TIMEOUT_MS);
      void query({ sql: session.after, parameters: [] })
        .then(release, destroy)
        .finally(() => clearTimeout(restoreTimer));
    } else {
      release();
    }
  }
}

async function queryBy(runner: QueryRunner, { sql, parameters }: Statement): Promise<Outcome> {
  const { records, affected, raw } = await runner.query(sql, [...parameters], true);
  const { insertId, serverStatus } = Object(raw) as { insertId?: unknown; serverStatus?: unknown };
  if (typeof serverStatus === 'number' && !isInTransaction(serverStatus)) {
    throw new Error('the database had ended the transaction already, as it does for a deadlock');
  }
  return {
    rows: (records ?? []) as readonly Row[],
    affected: affected ?? 0,
    insertId: Number(insertId ?? 0),
  };
}
