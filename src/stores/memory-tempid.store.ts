import { Injectable } from '@nestjs/common';
import { type ConsumeResult, REVOKED_COUNT, TempIDStore } from './tempid-store.js';

const MINUTE = 60_000;
const BATCH = 10_000;

/**
 * Counts in the memory of one process: exact there, unknown to every other store, and gone when it ends.
 * For tests, and for applications that are one process and may forget.
 */
@Injectable()
export class MemoryTempIDStore extends TempIDStore {
  private readonly counts = new Map<string, number>();
  /** Which counts may go after which minute, so that purging looks at no others. */
  private readonly expiring = new Map<number, string[]>();

  /** How many counts are held. */
  get size(): number {
    return this.counts.size;
  }

  override async consume(id: string, maxUses: number, keepUntil: Date): Promise<ConsumeResult> {
    const used = this.counts.get(id);
    if (used === undefined) {
      this.counts.set(id, 1);
      this.forgetAfter(keepUntil, id);
      return { allowed: true, used: 1 };
    }
    if (used >= maxUses) return { allowed: false, used };
    this.counts.set(id, used + 1);
    return { allowed: true, used: used + 1 };
  }

  override async used(id: string): Promise<number> {
    return this.counts.get(id) ?? 0;
  }

  override async refund(id: string): Promise<void> {
    const used = this.counts.get(id);
    if (used !== undefined && used > 0 && used < REVOKED_COUNT) this.counts.set(id, used - 1);
  }

  override async revoke(id: string, keepUntil: Date): Promise<void> {
    if (!this.counts.has(id)) this.forgetAfter(keepUntil, id);
    this.counts.set(id, REVOKED_COUNT);
  }

  override async purgeExpired(now: Date): Promise<number> {
    let purged = 0;
    for (const [minute, ids] of this.expiring) {
      if (minute * MINUTE > now.getTime()) continue;
      const batch = ids.splice(-(BATCH - purged));
      for (const id of batch) this.counts.delete(id);
      if (ids.length === 0) this.expiring.delete(minute);
      purged += batch.length;
      if (purged === BATCH) break;
    }
    return purged;
  }

  private forgetAfter(keepUntil: Date, id: string): void {
    const minute = Math.ceil(keepUntil.getTime() / MINUTE);
    const ids = this.expiring.get(minute);
    if (ids) ids.push(id);
    else this.expiring.set(minute, [id]);
  }
}
