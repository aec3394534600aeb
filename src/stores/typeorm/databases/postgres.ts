import type { DataSource } from 'typeorm';
import { type Issuance, REVOKED_COUNT } from '../../tempid-store.js';
import { codeOf, type Database, type TableNames } from './database.js';
import type { DatabaseKind } from './index.js';
import { answersOnConflict, onConflict, consumeOnConflict } from './on-conflict.js';
import { askCockroachdb, askPostgres } from './pg-facts.js';
import { acquire } from './pg-connection.js';
import { revocationsOnConflict, stoppedBy } from './revocations-on-conflict.js';
import { statementRunner } from './statement-runner.js';

/** A serialization failure, and a deadlock. */
const UNDONE = new Set(['40001', '40P01']);

/** For this statement alone; of $`parameter` how long it may wait for a lock. */
const patience = (parameter: number) =>
  `patience AS MATERIALIZED (SELECT set_config('lock_timeout', $${parameter}, true)),`;

const FIRST_USE = 'SELECT $1::varchar, 1, $3::bigint';

/** PostgreSQL. A use that waits for a lock longer than its request does is not spent. */
export const postgres: DatabaseKind = {
  ask: askPostgres,
  open: openPostgres,
};

/** CockroachDB. Locks are waited for as the server is set to. */
export const cockroachdb: DatabaseKind = {
  ask: askCockroachdb,
  open: inCommon,
};

function openPostgres(dataSource: DataSource, tables: TableNames): Database {
  const common = inCommon(dataSource, tables);
  const firstUse = `${FIRST_USE} FROM patience`;
  const patient = orTell(consumeOnConflict(tables.uses, firstUse), tables.uses, patience(4));
  return {
    ...common,
    consume(id, maxUses, keepUntil, milliseconds, issuance) {
      if (milliseconds === undefined) {
        return common.consume(id, maxUses, keepUntil, undefined, issuance);
      }
      const limit = `${milliseconds}ms`;
      if (!issuance) return { sql: patient, parameters: [id, maxUses, keepUntil, limit] };
      const parameters = [id, maxUses, keepUntil, issuance.at, ...issuance.scopes, limit];
      const before = patience(parameters.length);
      return { sql: unlessStopped(tables, issuance, firstUse, before), parameters };
    },
  };
}

function inCommon(dataSource: DataSource, tables: TableNames): Database {
  const { sql: purge } = onConflict(tables).purge(0, 0);
  const { sql: purgeAnswers } = answersOnConflict(tables.answers).purgeAnswers(0, 0);
  const revocations = revocationsOnConflict(tables.revocations);
  const { sql: purgeRevocations } = revocations.purgeRevocations(0, 0);
  const spendOrTell = orTell(consumeOnConflict(tables.uses), tables.uses);
  return {
    ...onConflict(tables),
    consume(id, maxUses, keepUntil, _patience, issuance) {
      if (!issuance) return { sql: spendOrTell, parameters: [id, maxUses, keepUntil] };
      const parameters = [id, maxUses, keepUntil, issuance.at, ...issuance.scopes];
      return { sql: unlessStopped(tables, issuance, FIRST_USE), parameters };
    },
    purge: (...parameters) => ({ sql: apart(purge), parameters }),
    ...answersOnConflict(tables.answers),
    purgeAnswers: (...parameters) => ({ sql: apart(purgeAnswers), parameters }),
    ...revocations,
    purgeRevocations: (...parameters) => ({ sql: apart(purgeRevocations), parameters }),
    run: statementRunner(dataSource, () => acquire(dataSource)),
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

/** As {@link orTell}, of $4 when the token was issued, and of those behind it its scopes. */
function unlessStopped(
  { uses, revocations }: TableNames,
  issuance: Issuance,
  firstUse: string,
  before = '',
): string {
  const stopped = `stopped AS (${stoppedBy(revocations, issuance, 4)}),`;
  const spend = consumeOnConflict(uses, `${firstUse} WHERE NOT EXISTS (SELECT 1 FROM stopped)`);
  return `${orTell(spend, uses, before + stopped)} AND NOT EXISTS (SELECT 1 FROM stopped)
    UNION ALL
    SELECT '${REVOKED_COUNT}', 'no' WHERE EXISTS (SELECT 1 FROM stopped)`;
}
