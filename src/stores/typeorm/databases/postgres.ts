import { codeOf } from './database.js';
import type { DatabaseFactory } from './index.js';
import { onConflict } from './on-conflict.js';
import { queryRunnerOf } from './query-runner.js';

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
    run: queryRunnerOf(dataSource),
    mayRunAgain: (error) => UNDONE.has(codeOf(error)),
    isMissingTable: (error) => codeOf(error) === '42P01',
  };
};
