import type { DataSource, QueryRunner } from 'typeorm';
import type { Database, Outcome, Row, Statement } from './database.js';

/** Runs statements as TypeORM does: in the transaction of a manager, or by themselves on a connection of the pool. */
export function queryRunnerOf(dataSource: DataSource): Database['run'] {
  return async (statement, { manager, deadline }) => {
    if (manager?.queryRunner) return query(manager.queryRunner, statement);
    const runner = dataSource.createQueryRunner('master');
    try {
      await runner.connect();
      // A use that waited for a connection longer than its request did is not spent for nobody.
      if (performance.now() > deadline) throw new Error('no connection was free in time');
      return await query(runner, statement);
    } finally {
      await runner.release();
    }
  };
}

async function query(runner: QueryRunner, { sql, parameters }: Statement): Promise<Outcome> {
  const { records, affected, raw } = await runner.query(sql, [...parameters], true);
  const { insertId } = Object(raw) as { insertId?: unknown };
  return {
    rows: (records ?? []) as readonly Row[],
    affected: affected ?? 0,
    insertId: Number(insertId ?? 0),
  };
}
