import { type ConsumeResult, REVOKED_COUNT } from '../../tempid-store.js';
import { repeatedUse } from '../../used-by.js';
import type { TableDefinition } from '../table-definition.js';
import { Database, issuanceParameters, type UseBy } from './database.js';
import type { Outcome, Statement, Steps } from './statement.js';

/** Of a use that was refused, though nothing stands in its way any more. */
export class OvertakenError extends Error {}

/** The databases that know `ON CONFLICT` and `RETURNING`. */
export abstract class OnConflictDatabase extends Database {
  /** What keeps instances that purge at the same time from waiting for each other. */
  protected readonly skipLocked: string = '';

  /** Counts one use by somebody who has none, and keeps them; null where it did not. */
  protected abstract countBy(use: UseBy): Steps<ConsumeResult | null>;

  override *consumeBy(use: UseBy): Steps<ConsumeResult> {
    const counted = yield* this.countBy(use);
    if (counted) return counted;
    const { rows } = yield this.reasonOf(use);
    const [{ count, used_at: at } = {}] = rows;
    const used = Number(count);
    if (used >= REVOKED_COUNT) return { allowed: false, used };
    if (at) return repeatedUse(Number(at), used, use);
    if (used >= use.maxUses) return { allowed: false, used };
    throw new OvertakenError('others used the token and gave it back meanwhile');
  }

  override readConsumed({ rows: [row] }: Outcome): ConsumeResult | null {
    return row ? { allowed: row.allowed === 'yes', used: Number(row.count) } : null;
  }

  override purge({ key, primaryKey }: TableDefinition, now: number, limit: number): Statement {
    const table = this.tables[key];
    const ids = primaryKey.join(', ');
    const sql = `DELETE FROM ${table} WHERE (${ids}) IN (
      SELECT ${ids} FROM ${table} WHERE expires_at > 0 AND expires_at < $1
      ORDER BY expires_at LIMIT $2 ${this.skipLocked})`;
    return this.statement(sql, [now, limit]);
  }

  /**
   * One use. A refused one returns no row.
   *
   * @param firstUse what is inserted where there is no row: $1 the id, and $3 its time
   */
  protected consumption(firstUse: string): string {
    return `INSERT INTO ${this.tables.uses} AS uses (token_id, count, expires_at) ${firstUse}
      ON CONFLICT (token_id) DO UPDATE SET count = uses.count + 1 WHERE uses.count < $2
      RETURNING ${this.asText('count')} AS count, 'yes' AS allowed, expires_at`;
  }

  /** Selects the use that somebody has had: $1 the id, and the parameter at a position their hash. */
  protected useOf(position: number): string {
    return `SELECT used_at FROM ${this.tables.usedBy} WHERE token_id = $1 AND by_hash = $${position}`;
  }

  protected override revokeIfUnused(id: string, keepUntil: number): Statement {
    const sql = `INSERT INTO ${this.tables.uses} AS uses (token_id, count, expires_at)
      VALUES ($1, ${REVOKED_COUNT}, $2) ON CONFLICT (token_id) DO UPDATE
      SET count = ${REVOKED_COUNT}, expires_at = CASE
        WHEN uses.expires_at = 0 OR uses.expires_at >= $2 THEN uses.expires_at ELSE $2 END
      WHERE uses.count = 0`;
    return this.statement(sql, [id, keepUntil]);
  }

  override orUpdate(key: string): string {
    return `ON CONFLICT (${key}) DO UPDATE SET`;
  }

  override asText(expression: string): string {
    return `CAST(${expression} AS text)`;
  }

  /** A row of `count`, as of {@link used}, and of `used_at` where they have had their use. */
  private reasonOf({ id, byHash, issuance }: UseBy): Statement {
    const usedAt = `(${this.asText(`(${this.useOf(2)})`)}) AS used_at`;
    const sql = `SELECT ${this.countOf(issuance, 3)} AS count, ${usedAt} FROM ${this.tables.uses} WHERE token_id = $1`;
    return this.reading(sql, [id, byHash, ...issuanceParameters(issuance)]);
  }
}
