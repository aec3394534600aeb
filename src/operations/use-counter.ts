import { LAST_MOMENT } from '../token/claims.js';
import {
  TempIDExhaustedError,
  TempIDExpiredError,
  TempIDNotYetValidError,
  TempIDRevokedError,
} from '../common/errors.js';
import type { LazyLifecycle } from '../common/lazy-lifecycle.js';
import { Refusal } from '../common/refusal.js';
import { issuanceOf, type ScopedClaims, scopedSince } from './revocation/revocation-scopes.js';
import type { ScopeRevocation } from '../stores/scope-revocations.js';
import { StoreClient } from '../stores/store-client.js';
import {
  type ConsumeOptions,
  type ConsumeResult,
  REVOKED_COUNT,
  type StoreOptions,
  type TempIDStore,
} from '../stores/tempid-store.js';
import type { TempID } from '../token/tempid.js';

/** How often a token was used. null where nothing is counted: the token has no use limit. */
export interface UsesInfo {
  readonly total: number | null;
  readonly used: number | null;
  /** 0 of a revoked token, also of one without a use limit. */
  readonly left: number | null;
}

/** What has uses to be counted: a token, or what is counted in its stead. */
export type Counted = Pick<TempID<unknown>, 'id' | 'maxUses' | 'expiresAt'> & ScopedClaims;

export const EXHAUSTED = new Refusal(TempIDExhaustedError, 'Every use of the token is spent.');
export const REVOKED = new Refusal(TempIDRevokedError, 'The token was revoked.');

/** A count is kept this long after its token, so that no difference of two clocks brings a spent token back. */
const KEPT_AFTER_EXPIRY = 3_600_000;

/** How far the clock of another machine may be ahead that issues tokens, beside the leeway. */
const MAX_AHEAD_MS = 60_000;

const TOO_OLD = new Refusal(TempIDExpiredError, `The token is older than 'maxLifetime' allows.`);
const FROM_THE_FUTURE = new Refusal(
  TempIDNotYetValidError,
  'The token was issued in the future: the clock of the machine that minted it is ahead of this one.',
);

/** The uses of tokens, in the terms of the store: ids, counts, and how long to keep them. */
export class UseCounter {
  private readonly store: StoreClient;

  /** @param options seconds */
  constructor(
    store: TempIDStore,
    private readonly options: {
      readonly leeway: number;
      readonly storeTimeout: number;
      readonly maxLifetime: number;
    },
    lifecycle: LazyLifecycle,
  ) {
    const begun = () => lifecycle.begun('store');
    this.store = new StoreClient(store, options.storeTimeout * 1_000, begun);
  }

  /** What `use` may be told beside what a token is verified by. */
  get useOptions(): readonly string[] {
    return this.store.useOptions;
  }

  /** Spends one use; of a token without a limit it only asks whether it was revoked. */
  async spend(token: Counted, options: ConsumeOptions): Promise<Refusal | null> {
    if (token.maxUses === 0) return this.refuseSpent(token, options);
    const refusal = this.refuseOutOfTime(token);
    if (refusal) return refusal;
    const { allowed, used } = await this.take(token, options);
    if (allowed) return null;
    return used >= REVOKED_COUNT ? REVOKED : EXHAUSTED;
  }

  /** Spends one use of what has a limit and is not out of time, and says how many are spent now. */
  take(counted: Counted, options: ConsumeOptions = {}): Promise<ConsumeResult> {
    const issuance = issuanceOf(counted);
    const { id, maxUses, expiresAt } = counted;
    const keepUntil = this.keepUntil(expiresAt.getTime());
    return this.store.consume(id, maxUses, keepUntil, {
      ...options,
      ...(issuance && { issuance }),
    });
  }

  /** Refuses a token that is spent or revoked, and spends nothing. */
  async refuseSpent(counted: Counted, options: ConsumeOptions = {}): Promise<Refusal | null> {
    const refusal = this.refuseOutOfTime(counted);
    if (refusal) return refusal;
    const used = await this.count(counted, options);
    if (used >= REVOKED_COUNT) return REVOKED;
    const { maxUses } = counted;
    return maxUses > 0 && used >= maxUses ? EXHAUSTED : null;
  }

  async isRevoked(counted: Counted): Promise<boolean> {
    return (await this.count(counted)) >= REVOKED_COUNT;
  }

  async info(counted: Counted): Promise<UsesInfo> {
    const { maxUses } = counted;
    const count = await this.count(counted);
    if (maxUses === 0) return { total: null, used: null, left: count >= REVOKED_COUNT ? 0 : null };
    const used = Math.min(count, maxUses);
    return { total: maxUses, used, left: maxUses - used };
  }

  async refund({ id, maxUses }: Counted): Promise<void> {
    if (maxUses > 0) await this.store.refund(id);
  }

  /** A token whose count could be forgotten by now has long expired, and is left as it is. */
  async revoke(token: Counted, options: StoreOptions = {}): Promise<void> {
    const keepUntil = this.keepUntil(token.expiresAt.getTime());
    if (keepUntil.getTime() <= Date.now()) return;
    await this.store.revoke(token.id, keepUntil, options);
  }

  /** What was revoked is kept for as long as one of its tokens could live. */
  async revokeScope(
    scope: string,
    revocation: ScopeRevocation,
    options: StoreOptions = {},
  ): Promise<void> {
    const lastExpiry = revocation.issuedUntil + this.options.maxLifetime * 1_000;
    await this.store.revokeScope(scope, revocation, this.keepUntil(lastExpiry), options);
  }

  /** Batch after batch, and between two of them the requests that wait. */
  async purgeExpired(signal?: AbortSignal): Promise<number> {
    const now = new Date(Date.now());
    for (let purged = 0; ;) {
      if (signal?.aborted) return purged;
      const batch = await this.store.purgeExpired(now);
      if (batch === 0) return purged;
      purged += batch;
      await new Promise(setImmediate);
    }
  }

  /**
   * Refuses a token of which no revocation can be told from when it was issued: it has lived longer than a token
   * may here, so what was revoked may be forgotten; or it comes from the future, where no revocation reaches.
   */
  refuseOutOfTime(member: ScopedClaims): Refusal | null {
    const since = scopedSince(member);
    if (since === undefined) return null;
    const { leeway, maxLifetime } = this.options;
    const age = Date.now() - since;
    if (age >= (maxLifetime + leeway) * 1_000) return TOO_OLD;
    return age < -(MAX_AHEAD_MS + leeway * 1_000) ? FROM_THE_FUTURE : null;
  }

  private async count(counted: Counted, options: ConsumeOptions = {}): Promise<number> {
    // It never works again.
    if (this.refuseOutOfTime(counted) === TOO_OLD) return REVOKED_COUNT;
    const issuance = issuanceOf(counted);
    return this.store.used(counted.id, { ...options, ...(issuance && { issuance }) });
  }

  /** @param expiry Unix milliseconds */
  private keepUntil(expiry: number): Date {
    const moment = expiry + this.options.leeway * 1_000 + KEPT_AFTER_EXPIRY;
    return new Date(Math.min(moment, LAST_MOMENT));
  }
}
