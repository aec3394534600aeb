import type { DataSource, QueryRunner } from 'typeorm';
import type { Database, Outcome, Row, Statement } from './database.js';

/** A connection of the driver's pool, for one statement. */
export interface PooledConnection {
  query(statement: Statement): Promise<Outcome>;
  /** Whether it may go back: no statement is under way on it, and no transaction is open. */
  isClean(): boolean;
  release(): void;
  /** Ends it, and whatever transaction it is in. */
  destroy(): void;
}

/** How long a session may take to be as it was, in milliseconds, before its connection is ended instead. */
const RESTORE_TIMEOUT_MS = 2_000;

type Query = (statement: Statement) => Promise<Outcome>;

/**
 * Runs statements in the transaction of a manager, or by themselves on a connection of the driver's pool: a
 * query runner of TypeORM would cost a fifth of a use. They are shown to TypeORM's logger.
 */
export function statementRunner(
  dataSource: DataSource,
  acquire: () => Promise<PooledConnection>,
): Database['run'] {
  return async (statement, { manager, deadline }) => {
    if (manager?.queryRunner) return queryBy(manager.queryRunner, statement);
    const lent = await acquire();
    const left = deadline - performance.now();
    if (left > 0) return within(left, lent, logging(dataSource, lent), statement);
    // A use that waited for a connection longer than its request did is not spent for nobody.
    lent.release();
    throw new Error('no connection was free in time');
  };
}

/**
 * A server that is silent does not keep the connection. And one that the pool lent with the transaction of
 * somebody else still open is ended, since the use would be undone with that.
 */
async function within(
  left: number,
  lent: PooledConnection,
  query: Query,
  statement: Statement,
): Promise<Outcome> {
  const { session } = statement;
  let isDestroyed = false;
  const destroy = () => {
    if (!isDestroyed) lent.destroy();
    isDestroyed = true;
  };
  const refund = () => {
    if (!lent.isClean()) destroy();
    if (!isDestroyed) lent.release();
  };
  let turn: NodeJS.Immediate | undefined;
  // Where this process itself was held up, the answer may be there, and comes before the next turn.
  const timer = setTimeout(() => (turn = setImmediate(destroy)), left);
  try {
    if (session) await query({ sql: session.before, parameters: [] });
    const outcome = lent.isClean() && (await query(statement));
    if (!outcome || !lent.isClean()) {
      throw new Error('the pool lent a connection with an open transaction');
    }
    return outcome;
  } finally {
    clearTimeout(timer);
    clearImmediate(turn);
    if (session && lent.isClean() && !isDestroyed) {
      // The answer does not wait for it.
      const patience = setTimeout(destroy, RESTORE_TIMEOUT_MS);
      void query({ sql: session.after, parameters: [] })
        .then(refund, destroy)
        .finally(() => clearTimeout(patience));
    } else {
      refund();
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

/** SERVER_STATUS_IN_TRANS of the protocol of MySQL. */
export function isInTransaction(serverStatus: number): boolean {
  return (serverStatus & 1) === 1;
}

function logging({ logger }: DataSource, lent: PooledConnection): Query {
  return async (statement) => {
    const { sql, parameters } = statement;
    logger.logQuery(sql, [...parameters]);
    try {
      return await lent.query(statement);
    } catch (error) {
      logger.logQueryError(error instanceof Error ? error : String(error), sql, [...parameters]);
      throw error;
    }
  };
}
