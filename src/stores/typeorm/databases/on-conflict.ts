import type { ConsumeResult } from '../../tempid-store.js';
import type { TableDefinition } from '../table-definition.js';
import { Database, type Outcome, type Statement } from './database.js';

/** The databases that know `ON CONFLICT` and `RETURNING`. */
export abstract class OnConflictDatabase extends Database {
  /** What keeps instances that purge at the same time from waiting for each other. */
  protected readonly skipLocked: string = '';

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
      RETURNING ${this.asText('count')} AS count, 'yes' AS allowed`;
  }

  override orUpdate(key: string): string {
    return `ON CONFLICT (${key}) DO UPDATE SET`;
  }

  override asText(expression: string): string {
    return `CAST(${expression} AS text)`;
  }
}
