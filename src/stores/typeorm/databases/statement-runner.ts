import type { DataSource, QueryRunner } from 'typeorm';
import type { Database, Outcome, Row, Statement } from './database.js';

/** A connection of the driver's pool, for one statement. */
export interface Lent {
  query(statement: Statement): Promise<Outcome>;
  release(): void;
}

/**
 * Runs statements in the transaction of a manager, or by themselves on a connection of the driver's pool: a
 * query runner of TypeORM would cost a fifth of a use. They are logged as TypeORM's own are.
 */
export function statementRunner(
  dataSource: DataSource,
  lend: () => Promise<Lent>,
): Database['run'] {
  return async (statement, { manager, deadline }) => {
    if (manager?.queryRunner) return queryBy(manager.queryRunner, statement);
    const lent = await lend();
    try {
      // A use that waited for a connection longer than its request did is not spent for nobody.
      if (performance.now() > deadline) throw new Error('no connection was free in time');
      return await logged(dataSource, statement, () => lent.query(statement));
    } finally {
      lent.release();
    }
  };
}

async function queryBy(runner: QueryRunner, { sql, parameters }: Statement): Promise<Outcome> {
  const { records, affected, raw } = await runner.query(sql, [...parameters], true);
  const { insertId } = Object(raw) as { insertId?: unknown };
  return {
    rows: (records ?? []) as readonly Row[],
    affected: affected ?? 0,
    insertId: Number(insertId ?? 0),
  };
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
