import type { DataSource, QueryRunner } from 'typeorm';
import type { Database, Outcome, Row, Statement } from './database.js';

/** A connection of the driver's pool, for one statement. */
export interface Lent {
  query(statement: Statement): Promise<Outcome>;
  /** Whether it may go back: no statement is under way on it, and no transaction is open. */
  isClean(): boolean;
  release(): void;
  /** Ends it, and whatever transaction it is in. */
  destroy(): void;
}

/**
 * Runs statements in the transaction of a manager, or by themselves on a connection of the driver's pool: a
 * query runner of TypeORM would cost a fifth of a use. They are shown to TypeORM's logger.
 */
export function statementRunner(
  dataSource: DataSource,
  lend: () => Promise<Lent>,
): Database['run'] {
  return async (statement, { manager, deadline }) => {
    if (manager?.queryRunner) return queryBy(manager.queryRunner, statement);
    const lent = await lend();
    const left = deadline - performance.now();
    if (left > 0) return logged(dataSource, statement, () => within(left, lent, statement));
    // A use that waited for a connection longer than its request did is not spent for nobody.
    lent.release();
    throw new Error('no connection was free in time');
  };
}

/**
 * A server that is silent does not keep the connection. And one that the pool lent with the transaction of
 * somebody else still open is ended, since the use would be undone with that.
 */
async function within(left: number, lent: Lent, statement: Statement): Promise<Outcome> {
  let isDestroyed = false;
  const destroy = () => {
    if (!isDestroyed) lent.destroy();
    isDestroyed = true;
  };
  const timer = setTimeout(destroy, left);
  try {
    const outcome = await lent.query(statement);
    if (!lent.isClean()) throw new Error('the pool lent a connection with an open transaction');
    return outcome;
  } finally {
    clearTimeout(timer);
    if (!lent.isClean()) destroy();
    if (!isDestroyed) lent.release();
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

/** SERVER_STATUS_IN_TRANS of the protocol of MySQL. */
export function isInTransaction(serverStatus: number): boolean {
  return (serverStatus & 1) === 1;
}

async function logged<R>(
  { logger }: DataSource,
  { sql, parameters }: Statement,
  query: () => Promise<R>,
): Promise<R> {
  logger.logQuery(sql, [...parameters]);
  try {
    return await query();
  } catch (error) {
    logger.logQueryError(error instanceof Error ? error : String(error), sql, [...parameters]);
    throw error;
  }
}
