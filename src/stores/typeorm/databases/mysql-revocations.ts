import type { Issuance } from '../../tempid-store.js';
import type { RevocationStatements, Statement } from './database.js';

/** What was revoked that ends the token, as a part of other statements. */
export function stoppedBy(table: string, id: string, { at, scopes }: Issuance): Statement {
  return {
    sql: `
      SELECT 1 FROM ${table} WHERE id IN (${scopes.map(() => '?').join(', ')}) AND issued_until >= ?
        AND (issued_until > ? OR except_id IS NULL OR except_id <> ?)`,
    parameters: [...scopes, at, at, id],
  };
}

/** `VALUES(column)` is on its way out of MySQL, and what comes instead is not in MariaDB: so values come twice. */
export function revocationStatements(table: string): RevocationStatements {
  const revokeScope = `
    INSERT INTO ${table} (id, issued_until, except_id, expires_at) VALUES (?, ?, ?, ?)
    ON DUPLICATE KEY UPDATE except_id = IF(issued_until <= ?, ?, except_id),
      issued_until = GREATEST(issued_until, ?), expires_at = GREATEST(expires_at, ?)`;
  const purge = `DELETE FROM ${table} WHERE expires_at > 0 AND expires_at < ? ORDER BY expires_at LIMIT ?`;
  return {
    revokeScope: (scope, { issuedUntil: until, except }, keepUntil) => ({
      sql: revokeScope,
      parameters: [scope, until, except, keepUntil, until, except, until, keepUntil],
    }),
    purgeRevocations: (now, limit) => ({ sql: purge, parameters: [now, limit] }),
  };
}
