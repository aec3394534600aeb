import { Injectable } from '@nestjs/common';
import { LocalAnswers, type AnswerStore } from './answers.js';
import { ExpiringMap } from './expiring-map.js';
import type { ScopeRevocation, ScopeRevocations } from './scope-revocations.js';
import {
  type ConsumeOptions,
  type ConsumeResult,
  type Issuance,
  REVOKED_COUNT,
  TempIDStore,
} from './tempid-store.js';
import { OnePerProcess } from '../common/one-per-process.js';

const MAX_BATCH = 10_000;

/**
 * Counts in the memory of one process: exact there, unknown to every other store, and gone when it ends.
 * For tests, and for applications that are one process and may forget.
 */
@OnePerProcess('MemoryTempIDStore')
@Injectable()
export class MemoryTempIDStore extends TempIDStore implements ScopeRevocations, AnswerStore {
  private readonly counts = new ExpiringMap<number>();
  private readonly scopes = new ExpiringMap<ScopeRevocation>();
  readonly #answers = new LocalAnswers();

  /** How many counts and revocations of scopes there are. */
  get size(): number {
    return this.counts.size + this.scopes.size;
  }

  override async consume(
    id: string,
    maxUses: number,
    keepUntil: Date,
    { issuance }: ConsumeOptions = {},
  ): Promise<ConsumeResult> {
    if (issuance && this.isRevoked(id, issuance)) return { allowed: false, used: REVOKED_COUNT };
    const used = this.counts.get(id);
    if (used === undefined) {
      this.counts.set(id, 1, keepUntil);
      return { allowed: true, used: 1 };
    }
    if (used >= maxUses) return { allowed: false, used };
    this.counts.replace(id, used + 1);
    return { allowed: true, used: used + 1 };
  }

  override async used(id: string, { issuance }: ConsumeOptions = {}): Promise<number> {
    if (issuance && this.isRevoked(id, issuance)) return REVOKED_COUNT;
    return this.counts.get(id) ?? 0;
  }

  override async refund(id: string): Promise<void> {
    const used = this.counts.get(id);
    if (used !== undefined && used > 0 && used < REVOKED_COUNT) this.counts.replace(id, used - 1);
  }

  override async revoke(id: string, keepUntil: Date): Promise<void> {
    this.counts.set(id, REVOKED_COUNT, keepUntil);
  }

  async revokeScope(scope: string, revocation: ScopeRevocation, keepUntil: Date): Promise<void> {
    const earlier = this.scopes.get(scope);
    const isLatest = !earlier || earlier.issuedUntil <= revocation.issuedUntil;
    this.scopes.set(scope, isLatest ? revocation : earlier, keepUntil);
  }

  remember(id: string, value: Uint8Array, until: Date): Promise<void> {
    return this.#answers.remember(id, value, until);
  }

  recall(id: string): Promise<Uint8Array | null> {
    return this.#answers.recall(id);
  }

  override async purgeExpired(now: Date): Promise<number> {
    const counts = this.counts.purge(now, MAX_BATCH);
    return counts + this.scopes.purge(now, MAX_BATCH - counts);
  }

  private isRevoked(id: string, { at, scopes }: Issuance): boolean {
    return scopes.some((scope) => {
      const revocation = this.scopes.get(scope);
      if (!revocation || revocation.issuedUntil < at) return false;
      return revocation.issuedUntil > at || revocation.except !== id;
    });
  }
}
