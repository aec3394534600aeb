import type { DataSource } from 'typeorm';
import { codeOf, type Database } from './database.js';
import type { DatabaseFactory } from './index.js';
import { answersOnConflict, onConflict, spendOnConflict } from './on-conflict.js';
import { lend } from './pg-connection.js';
import { statementRunner } from './statement-runner.js';

/** A serialization failure, and a deadlock. */
const UNDONE = new Set(['40001', '40P01']);

/** PostgreSQL. A use that waits for a lock longer than its request does is not spent. */
export const postgres: DatabaseFactory = (dataSource, table, answers) => {
  const common = inCommon(dataSource, table, answers);
  const firstUse = 'SELECT $1::varchar, 1, $3::bigint FROM patience';
  // For this statement alone.
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

/** CockroachDB. Locks are waited for as the server is set to. */
export const cockroachdb: DatabaseFactory = inCommon;

function inCommon(dataSource: DataSource, table: string, answers: string): Database {
  const { sql: purge } = onConflict(table).purge(0, 0);
  const { sql: purgeAnswers } = answersOnConflict(answers).purgeAnswers(0, 0);
  const spendOrTell = orTell(spendOnConflict(table), table);
  return {
    ...onConflict(table),
    consume: (id, maxUses, keepUntil) => ({
      sql: spendOrTell,
      parameters: [id, maxUses, keepUntil],
    }),
    purge: (...parameters) => ({ sql: apart(purge), parameters }),
    ...answersOnConflict(answers),
    purgeAnswers: (...parameters) => ({ sql: apart(purgeAnswers), parameters }),
    run: statementRunner(dataSource, () => lend(dataSource)),
    mayRunAgain: (error) => UNDONE.has(codeOf(error)),
    isMissingTable: (error) => codeOf(error) === '42P01',
  };
}

/** Several instances take different rows, instead of waiting for each other. */
function apart(purge: string): string {
  return purge.replace('LIMIT $2', 'LIMIT $2 FOR UPDATE SKIP LOCKED');
}

/** A refused use changes no row and returns none; why it was refused is read in the same statement. */
function orTell(spend: string, table: string, before = ''): string {
  return `
    WITH ${before} spent AS (${spend})
    SELECT count, allowed FROM spent
    UNION ALL
    SELECT CAST(count AS text), 'no' FROM ${table}
    WHERE token_id = $1 AND NOT EXISTS (SELECT 1 FROM spent)`;
}
