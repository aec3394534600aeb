import { Inject, Injectable } from '@nestjs/common';
import { REVOKED_COUNT, TempIDStore } from 'nestjs-tempid';
import { Pool } from 'pg';

@Injectable()
export class PgStore extends TempIDStore {
  constructor(@Inject(Pool) private readonly pool: Pool) {
    super();
  }

  override async consume(id: string, maxUses: number, keepUntil: Date) {
    const [row] = await this.query(
      `INSERT INTO link_uses VALUES ($1, 1, $3) ON CONFLICT (id) DO UPDATE
       SET count = link_uses.count + 1 WHERE link_uses.count < $2 RETURNING count`,
      [id, maxUses, keepUntil],
    );
    return { allowed: row !== undefined, used: row?.count ?? (await this.used(id)) };
  }

  override async used(id: string) {
    return (await this.query('SELECT count FROM link_uses WHERE id = $1', [id]))[0]?.count ?? 0;
  }

  override async refund(id: string) {
    const where = `WHERE id = $1 AND count > 0 AND count < ${REVOKED_COUNT}`;
    await this.query(`UPDATE link_uses SET count = count - 1 ${where}`, [id]);
  }

  override async revoke(id: string, keepUntil: Date) {
    const insert = `INSERT INTO link_uses VALUES ($1, ${REVOKED_COUNT}, $2)`;
    await this.query(`${insert} ON CONFLICT (id) DO UPDATE SET count = ${REVOKED_COUNT}`, [
      id,
      keepUntil,
    ]);
  }

  override async purgeExpired(now: Date) {
    const batch =
      'SELECT id FROM link_uses WHERE keep_until < $1 LIMIT 1000 FOR UPDATE SKIP LOCKED';
    const gone = await this.query(`DELETE FROM link_uses WHERE id IN (${batch}) RETURNING count`, [
      now,
    ]);
    return gone.length;
  }

  private async query(sql: string, values: unknown[]): Promise<{ count: number }[]> {
    return (await this.pool.query<{ count: number }>(sql, values)).rows;
  }
}
