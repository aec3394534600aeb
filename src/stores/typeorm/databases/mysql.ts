import type { DataSource } from 'typeorm';
import { REVOKED_COUNT } from '../../tempid-store.js';
import {
  codeOf,
  type Database,
  type ServerFacts,
  type Statement,
  type TableNames,
} from './database.js';
import type { DatabaseKind } from './index.js';
import { acquire } from './mysql-connection.js';
import { askMysql } from './mysql-facts.js';
import { revocationStatements, stoppedBy } from './mysql-revocations.js';
import { statementRunner } from './statement-runner.js';

/** Over every count: an insert id above it says "refused", and the rest of it how many are spent. */
const REFUSED = 2 ** 32;

/**
 * MySQL and MariaDB. The number of rows that a statement changed does not tell an allowed use from a refused
 * one there, and MySQL returns no row of a write. But `LAST_INSERT_ID(expr)` makes a statement answer any
 * number as its insert id (MySQL Reference Manual, "Information Functions").
 */
export const mysql: DatabaseKind = { ask: askMysql, open };

function open(
  dataSource: DataSource,
  { uses: table, answers, revocations }: TableNames,
  { isMariadb }: ServerFacts,
): Database {
  const consume = `
    INSERT INTO ${table} (token_id, count, expires_at) VALUES (?, LAST_INSERT_ID(1), ?)
    ON DUPLICATE KEY UPDATE count = IF(count < ?,
      LAST_INSERT_ID(count + 1), LAST_INSERT_ID(count + ${REFUSED}) - ${REFUSED})`;
  const used = `SELECT CAST(COALESCE(MAX(count), 0) AS char) AS count FROM ${table} WHERE token_id = ?`;
  const refund = `
    UPDATE ${table} SET count = count - 1
    WHERE token_id = ? AND count > 0 AND count < ${REVOKED_COUNT}`;
  const revoke = `
    INSERT INTO ${table} (token_id, count, expires_at) VALUES (?, ${REVOKED_COUNT}, ?)
    ON DUPLICATE KEY UPDATE count = ${REVOKED_COUNT}`;
  const purge = `DELETE FROM ${table} WHERE expires_at > 0 AND expires_at < ? ORDER BY expires_at LIMIT ?`;
  const remember = `REPLACE INTO ${answers} (id, value, expires_at) VALUES (?, ?, ?)`;
  const recall = `SELECT value FROM ${answers} WHERE id = ? AND expires_at > ?`;
  const purgeAnswers = `DELETE FROM ${answers} WHERE expires_at < ? ORDER BY expires_at LIMIT ?`;
  return {
    // INSERT … SELECT would lock the gap where a row of its scopes might come, so that those who try one token
    // again and again, or use it in a long transaction, could keep a revocation away.
    consumesBlindly: true,
    consume(id, maxUses, keepUntil, patience) {
      const statement = { sql: consume, parameters: [id, keepUntil, maxUses] };
      if (patience === undefined) return statement;
      return isMariadb ? waitingAtMost(patience, statement) : inSession(patience, statement);
    },
    readConsumed({ insertId }) {
      if (insertId < 1) throw new Error('the database did not say how many uses are spent');
      const isAllowed = insertId < REFUSED;
      return { allowed: isAllowed, used: isAllowed ? insertId : insertId - REFUSED };
    },
    used(id, issuance) {
      if (!issuance) return { sql: used, parameters: [id] };
      const stopped = stoppedBy(revocations, id, issuance);
      const usedOrStopped = `
        SELECT CAST(CASE WHEN EXISTS (${stopped.sql}) THEN ${REVOKED_COUNT}
          ELSE COALESCE(MAX(count), 0) END AS char) AS count FROM ${table} WHERE token_id = ?`;
      return { sql: usedOrStopped, parameters: [...stopped.parameters, id] };
    },
    refund: (id) => ({ sql: refund, parameters: [id] }),
    revoke: (id, keepUntil) => ({ sql: revoke, parameters: [id, keepUntil] }),
    purge: (now, limit) => ({ sql: purge, parameters: [now, limit] }),
    timeless: () => ({
      sql: `SELECT 1 FROM ${table} WHERE expires_at = 0 LIMIT 1`,
      parameters: [],
    }),
    remember: (id, value, until) => ({ sql: remember, parameters: [id, value, until] }),
    recall: (id, now) => ({ sql: recall, parameters: [id, now] }),
    purgeAnswers: (now, limit) => ({ sql: purgeAnswers, parameters: [now, limit] }),
    ...revocationStatements(revocations),
    run: statementRunner(dataSource, () => acquire(dataSource)),
    mayRunAgain: (error) => codeOf(error) === 'ER_LOCK_DEADLOCK',
    isMissingTable: (error) => codeOf(error) === 'ER_NO_SUCH_TABLE',
  };
}

/** MariaDB waits for a lock so long, for this statement alone. */
function waitingAtMost(patience: number, { sql, parameters }: Statement): Statement {
  const limit = `SET STATEMENT innodb_lock_wait_timeout = ${wholeSeconds(patience)} FOR`;
  return { sql: `${limit} ${sql}`, parameters };
}

/**
 * MySQL knows the limit for a session only; the hint SET_VAR does not set it. The session is the application's, too,
 * so it has its own limit back before the pool has the connection, and a lower one stays.
 */
function inSession(patience: number, statement: Statement): Statement {
  const limit = '@@SESSION.innodb_lock_wait_timeout';
  const lower = `CAST(LEAST(${limit}, ${wholeSeconds(patience)}) AS SIGNED)`;
  const before = `SET @tempid_lock_wait = ${limit}, ${limit} = ${lower}`;
  return { ...statement, session: { before, after: `SET ${limit} = @tempid_lock_wait` } };
}

/** InnoDB counts in these. */
function wholeSeconds(milliseconds: number): number {
  return Math.max(1, Math.floor(milliseconds / 1_000));
}
