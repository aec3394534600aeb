import { REVOKED_COUNT } from '../../tempid-store.js';
import type { AnswerStatements, Database, TableNames } from './database.js';
import { stoppedBy } from './revocations-on-conflict.js';

type Statements = 'consume' | 'readConsumed' | 'used' | 'refund' | 'revoke' | 'purge' | 'timeless';

/** What is inserted by a first use: of $1 the id, and of $3 its time. */
const FIRST_USE = 'VALUES ($1, 1, $3)';

/** One use. A refused one returns no row; texts, since a driver may be told to read other types its own way. */
export function consumeOnConflict(table: string, firstUse = FIRST_USE): string {
  return `
    INSERT INTO ${table} AS uses (token_id, count, expires_at) ${firstUse}
    ON CONFLICT (token_id) DO UPDATE SET count = uses.count + 1 WHERE uses.count < $2
    RETURNING CAST(count AS text) AS count, 'yes' AS allowed`;
}

/** The statements of databases that know `ON CONFLICT` and `RETURNING`. */
export function onConflict({ uses: table, revocations }: TableNames): Pick<Database, Statements> {
  const consume = consumeOnConflict(table);
  const used = `
    SELECT CAST(COALESCE(MAX(count), 0) AS text) AS count FROM ${table} WHERE token_id = $1`;
  const refund = `
    UPDATE ${table} SET count = count - 1
    WHERE token_id = $1 AND count > 0 AND count < ${REVOKED_COUNT}`;
  const revoke = `
    INSERT INTO ${table} (token_id, count, expires_at) VALUES ($1, ${REVOKED_COUNT}, $2)
    ON CONFLICT (token_id) DO UPDATE SET count = ${REVOKED_COUNT}`;
  const purge = `
    DELETE FROM ${table} WHERE token_id IN (
      SELECT token_id FROM ${table} WHERE expires_at > 0 AND expires_at < $1
      ORDER BY expires_at LIMIT $2
    )`;
  const timeless = `SELECT 1 FROM ${table} WHERE expires_at = 0 LIMIT 1`;
  return {
    consume(id, maxUses, keepUntil, _patience, issuance) {
      if (!issuance) return { sql: consume, parameters: [id, maxUses, keepUntil] };
      const stopped = stoppedBy(revocations, issuance, 4);
      const firstUse = `SELECT CAST($1 AS varchar), 1, CAST($3 AS bigint) WHERE NOT EXISTS (${stopped})`;
      return {
        sql: consumeOnConflict(table, firstUse),
        parameters: [id, maxUses, keepUntil, issuance.at, ...issuance.scopes],
      };
    },
    readConsumed: ({ rows: [row] }) =>
      row ? { allowed: row.allowed === 'yes', used: Number(row.count) } : null,
    used(id, issuance) {
      if (!issuance) return { sql: used, parameters: [id], isRead: true };
      const usedOrStopped = `
        SELECT CAST(CASE WHEN EXISTS (${stoppedBy(revocations, issuance, 2)}) THEN ${REVOKED_COUNT}
          ELSE COALESCE(MAX(count), 0) END AS text) AS count FROM ${table} WHERE token_id = $1`;
      return {
        sql: usedOrStopped,
        parameters: [id, issuance.at, ...issuance.scopes],
        isRead: true,
      };
    },
    refund: (id) => ({ sql: refund, parameters: [id] }),
    revoke: (id, keepUntil) => ({ sql: revoke, parameters: [id, keepUntil] }),
    purge: (now, limit) => ({ sql: purge, parameters: [now, limit] }),
    timeless: () => ({ sql: timeless, parameters: [], isRead: true }),
  };
}

/** As {@link onConflict}, of the answers. */
export function answersOnConflict(table: string): AnswerStatements {
  const remember = `
    INSERT INTO ${table} (id, value, expires_at) VALUES ($1, $2, $3)
    ON CONFLICT (id) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at`;
  const recall = `SELECT value FROM ${table} WHERE id = $1 AND expires_at > $2`;
  const purge = `
    DELETE FROM ${table} WHERE id IN (
      SELECT id FROM ${table} WHERE expires_at < $1 ORDER BY expires_at LIMIT $2
    )`;
  return {
    remember: (id, value, until) => ({ sql: remember, parameters: [id, value, until] }),
    recall: (id, now) => ({ sql: recall, parameters: [id, now], isRead: true }),
    purgeAnswers: (now, limit) => ({ sql: purge, parameters: [now, limit] }),
  };
}
