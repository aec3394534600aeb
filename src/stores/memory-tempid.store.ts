import { Injectable } from '@nestjs/common';
import type { CountChanges } from './count-changes.js';
import { ExpiringMap } from '../common/expiring-map.js';
import type { ScopeRevocation, ScopeRevocations } from './scope-revocations.js';
import {
  type ConsumeOptions,
  type ConsumeResult,
  type Issuance,
  REVOKED_COUNT,
  TempIDStore,
} from './tempid-store.js';
import { pageOf, repeatedUse, type UsedBy, type UsedByStore } from './used-by.js';
import { OnePerProcess } from '../common/one-per-process.js';

const MAX_BATCH = 10_000;

/** How often a token was used, and when by whom, in Unix milliseconds. */
interface Count {
  used: number;
  readonly usedBy: Map<string, number>;
}

/**
 * Counts in the memory of one process: exact there, unknown to every other store, and gone when it ends.
 * For tests, and for applications that are one process and may forget.
 */
@OnePerProcess('MemoryTempIDStore')
@Injectable()
export class MemoryTempIDStore
  extends TempIDStore
  implements ScopeRevocations, UsedByStore, CountChanges
{
  private readonly counts = new ExpiringMap<Count>();
  private readonly scopes = new ExpiringMap<ScopeRevocation>();

  /** How many counts and revocations of scopes there are. */
  get size(): number {
    return this.counts.size + this.scopes.size;
  }

  override async consume(
    id: string,
    maxUses: number,
    keepUntil: Date,
    options: ConsumeOptions = {},
  ): Promise<ConsumeResult> {
    const { issuance, by } = options;
    const isRevoked = issuance && this.isRevoked(id, issuance);
    const count = this.counts.get(id);
    const used = isRevoked ? REVOKED_COUNT : (count?.used ?? 0);
    if (used >= REVOKED_COUNT) return { allowed: false, used };
    const before = by === undefined ? undefined : count?.usedBy.get(by);
    if (before !== undefined) return repeatedUse(before, used, options);
    if (used >= maxUses) return { allowed: false, used };
    const counted = this.counted(id, keepUntil);
    counted.used++;
    if (by !== undefined) counted.usedBy.set(by, Date.now());
    return { allowed: true, used: counted.used };
  }

  override async used(id: string, { issuance }: ConsumeOptions = {}): Promise<number> {
    if (issuance && this.isRevoked(id, issuance)) return REVOKED_COUNT;
    return this.counts.get(id)?.used ?? 0;
  }

  override async refund(id: string, { by }: ConsumeOptions = {}): Promise<void> {
    const count = this.counts.get(id);
    if (!count || count.used === 0 || count.used >= REVOKED_COUNT) return;
    if (by === undefined || count.usedBy.delete(by)) count.used--;
  }

  override async revoke(id: string, keepUntil: Date): Promise<void> {
    const count = this.counted(id, keepUntil);
    count.used = REVOKED_COUNT;
    this.counts.set(id, count, keepUntil);
  }

  async usedBy(id: string, page: Parameters<UsedByStore['usedBy']>[1]): Promise<UsedBy[]> {
    const users = [...(this.counts.get(id)?.usedBy ?? [])];
    return pageOf(
      users.map(([by, at]) => ({ by, at: new Date(at) })),
      page,
    );
  }

  async prolong(id: string, keepUntil: Date): Promise<void> {
    this.counts.set(id, this.counted(id, keepUntil), keepUntil);
  }

  async revokeIfUsed(id: string, used: number, keepUntil: Date): Promise<boolean> {
    if (used >= REVOKED_COUNT || (this.counts.get(id)?.used ?? 0) !== used) return false;
    await this.revoke(id, keepUntil);
    return true;
  }

  async revokeScope(scope: string, revocation: ScopeRevocation, keepUntil: Date): Promise<void> {
    const earlier = this.scopes.get(scope);
    const isLatest = !earlier || earlier.issuedUntil <= revocation.issuedUntil;
    this.scopes.set(scope, isLatest ? revocation : earlier, keepUntil);
  }

  override async purgeExpired(now: Date): Promise<number> {
    const counts = this.counts.purge(now, MAX_BATCH);
    return counts + this.scopes.purge(now, MAX_BATCH - counts);
  }

  /** The count of an id, which is made where there is none. */
  private counted(id: string, keepUntil: Date): Count {
    const count = this.counts.get(id) ?? { used: 0, usedBy: new Map<string, number>() };
    if (this.counts.get(id) === undefined) this.counts.set(id, count, keepUntil);
    return count;
  }

  private isRevoked(id: string, { at, scopes }: Issuance): boolean {
    return scopes.some((scope) => {
      const revocation = this.scopes.get(scope);
      if (!revocation || revocation.issuedUntil < at) return false;
      return revocation.issuedUntil > at || revocation.except !== id;
    });
  }
}
