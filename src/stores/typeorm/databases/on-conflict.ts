import { REVOKED_COUNT } from '../../tempid-store.js';
import type { Database } from './database.js';

type Statements = 'consume' | 'readConsumed' | 'used' | 'refund' | 'revoke' | 'purge';

/** The statements of databases that know `ON CONFLICT` and `RETURNING`. A refused use returns no row. */
export function onConflict(table: string): Pick<Database, Statements> {
  const consume = `
    INSERT INTO ${table} AS uses (token_id, count, expires_at) VALUES ($1, 1, $3)
    ON CONFLICT (token_id) DO UPDATE SET count = uses.count + 1 WHERE uses.count < $2
    RETURNING count, true AS allowed`;
  const used = `SELECT count FROM ${table} WHERE token_id = $1`;
  const refund = `
    UPDATE ${table} SET count = count - 1
    WHERE token_id = $1 AND count > 0 AND count < ${REVOKED_COUNT}`;
  const revoke = `
    INSERT INTO ${table} (token_id, count, expires_at) VALUES ($1, ${REVOKED_COUNT}, $2)
    ON CONFLICT (token_id) DO UPDATE SET count = ${REVOKED_COUNT}`;
  const purge = `
    DELETE FROM ${table} WHERE token_id IN (
      SELECT token_id FROM ${table} WHERE expires_at < $1 ORDER BY expires_at LIMIT $2
    )`;
  return {
    consume: (id, maxUses, keepUntil) => ({ sql: consume, parameters: [id, maxUses, keepUntil] }),
    readConsumed: ({ rows: [row] }) =>
      row ? { allowed: Boolean(row.allowed), used: Number(row.count) } : null,
    used: (id) => ({ sql: used, parameters: [id] }),
    refund: (id) => ({ sql: refund, parameters: [id] }),
    revoke: (id, keepUntil) => ({ sql: revoke, parameters: [id, keepUntil] }),
    purge: (now, limit) => ({ sql: purge, parameters: [now, limit] }),
  };
}
