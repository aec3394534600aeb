import type { DataSource, QueryRunner } from 'typeorm';
import { isInTransaction } from '../mysql2-internals.js';
import type { Outcome, PooledConnection, Row, RunOptions, Statement, Steps } from './statement.js';
import { isEnd, runSteps, untilEnd } from './steps.js';

/** What is done on one connection. */
type Work<Result> = (
  query: (statement: Statement) => Promise<Outcome>,
  destroy: () => void,
) => Promise<Result>;

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
  return runAlone(dataSource, acquire, deadline, statement.session, (query) => query(statement));
}

/**
 * As {@link runPooled}, of steps, in a transaction of their own where there is no manager.
 *
 * @param session begins it, and is the end of it
 */
export async function transactPooled<Result>(
  dataSource: DataSource,
  acquire: (dataSource: DataSource) => Promise<PooledConnection>,
  steps: () => Steps<Result>,
  session: NonNullable<Statement['session']>,
  { manager, deadline }: RunOptions,
): Promise<Result> {
  const runner = manager?.queryRunner;
  if (runner) return runSteps(steps(), (statement) => queryBy(runner, statement));
  return runAlone(dataSource, acquire, deadline, session, (query, destroy) => {
    const send = async (statement: Statement) => {
      let isOpen = isEnd(statement);
      try {
        const outcome = await query(statement);
        isOpen = false;
        return outcome;
      } finally {
        // The end of the session would commit what is still open.
        if (isOpen) destroy();
      }
    };
    return runSteps(untilEnd(steps()), send);
  });
}

async function runAlone<Result>(
  dataSource: DataSource,
  acquire: (dataSource: DataSource) => Promise<PooledConnection>,
  deadline: number,
  session: Statement['session'],
  work: Work<Result>,
): Promise<Result> {
  const connection = await acquire(dataSource);
  const left = deadline - performance.now();
  if (left > 0) return runWithin(left, connection, dataSource, session, work);
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
async function runWithin<Result>(
  left: number,
  connection: PooledConnection,
  { logger }: DataSource,
  session: Statement['session'],
  work: Work<Result>,
): Promise<Result> {
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
    if (connection.isClean()) {
      const result = await work(query, destroy);
      if (connection.isClean()) return result;
    }
    throw new Error('the pool lent a connection with an open transaction');
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
