import type { Issuance } from '../../tempid-store.js';
import type { RevocationStatements } from './database.js';

/**
 * What was revoked that ends the token: of $1 the id, of $`at` when it was issued, and of those behind it the
 * scopes.
 */
export function stoppedBy(table: string, { scopes }: Issuance, at: number): string {
  const ids = scopes.map((_group, index) => `$${at + 1 + index}`).join(', ');
  return `
    SELECT 1 FROM ${table} WHERE id IN (${ids}) AND issued_until >= $${at}
      AND (issued_until > $${at} OR except_id IS NULL OR except_id <> $1)`;
}

/** The statements of databases that know `ON CONFLICT`. */
export function revocationsOnConflict(table: string): RevocationStatements {
  const revokeScope = `
    INSERT INTO ${table} AS known (id, issued_until, except_id, expires_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (id) DO UPDATE SET
      except_id = CASE WHEN excluded.issued_until >= known.issued_until
        THEN excluded.except_id ELSE known.except_id END,
      issued_until = CASE WHEN excluded.issued_until >= known.issued_until
        THEN excluded.issued_until ELSE known.issued_until END,
      expires_at = CASE WHEN excluded.expires_at >= known.expires_at
        THEN excluded.expires_at ELSE known.expires_at END`;
  const purge = `
    DELETE FROM ${table} WHERE id IN (
      SELECT id FROM ${table} WHERE expires_at > 0 AND expires_at < $1 ORDER BY expires_at LIMIT $2
    )`;
  return {
    revokeScope: (scope, { issuedUntil, except }, keepUntil) => ({
      sql: revokeScope,
      parameters: [scope, issuedUntil, except, keepUntil],
    }),
    purgeRevocations: (now, limit) => ({ sql: purge, parameters: [now, limit] }),
  };
}
