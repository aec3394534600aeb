import { LAST_MOMENT } from './claims.js';
import { TempIDExhaustedError, TempIDRevokedError } from './errors.js';
import { Refusal } from './refusal.js';
import { askStore } from './stores/ask-store.js';
import {
  type ConsumeOptions,
  type ConsumeResult,
  REVOKED_COUNT,
  type TempIDStore,
} from './stores/tempid-store.js';
import type { TempID } from './tempid.js';

/** How often a token was used. null where nothing is counted: the token has no use limit. */
export interface UsesInfo {
  readonly total: number | null;
  readonly used: number | null;
  /** 0 of a revoked token, also of one without a use limit. */
  readonly left: number | null;
}

/** What has uses to be counted: a token, or what is counted in its stead. */
export type Counted = Pick<TempID<unknown>, 'id' | 'maxUses' | 'expiresAt'>;

export const EXHAUSTED = new Refusal(TempIDExhaustedError, 'Every use of the token is spent.');
export const REVOKED = new Refusal(TempIDRevokedError, 'The token was revoked.');

/** A count is kept this long after its token, so that no difference of two clocks brings a spent token back. */
const KEPT_AFTER_EXPIRY = 3_600_000;

/** The uses of tokens, in the terms of the store: ids, counts, and how long to keep them. */
export class UseCounter {
  /** @param options seconds */
  constructor(
    private readonly store: TempIDStore,
    private readonly options: { readonly leeway: number; readonly storeTimeout: number },
  ) {}

  /** What `use` may be told beside what a token is verified by. */
  get useOptions(): readonly string[] {
    return this.store.useOptions;
  }

  /** Spends one use; of a token without a limit it only asks whether it was revoked. */
  async spend(token: Counted, options: ConsumeOptions): Promise<Refusal | null> {
    if (token.maxUses === 0) return this.refuseSpent(token, options);
    const { allowed, used } = await this.take(token, options);
    if (allowed) return null;
    return used >= REVOKED_COUNT ? REVOKED : EXHAUSTED;
  }

  /** Spends one use of what has a limit, and says how many are spent now. */
  take(counted: Counted, options: ConsumeOptions = {}): Promise<ConsumeResult> {
    return this.ask(async (store, deadline) => {
      const { id, maxUses } = counted;
      const keepUntil = this.keepUntil(counted);
      const result = await store.consume(id, maxUses, keepUntil, { ...options, deadline });
      if (typeof result.allowed !== 'boolean') throw new Error('it said neither yes nor no');
      return result;
    });
  }

  /** Refuses a token that is spent or revoked, and spends nothing. */
  async refuseSpent(
    { id, maxUses }: Counted,
    options: ConsumeOptions = {},
  ): Promise<Refusal | null> {
    const used = await this.count(id, options);
    if (used >= REVOKED_COUNT) return REVOKED;
    return maxUses > 0 && used >= maxUses ? EXHAUSTED : null;
  }

  async info({ id, maxUses }: TempID<unknown>): Promise<UsesInfo> {
    const count = await this.count(id);
    if (maxUses === 0) return { total: null, used: null, left: count >= REVOKED_COUNT ? 0 : null };
    const used = Math.min(count, maxUses);
    return { total: maxUses, used, left: maxUses - used };
  }

  async refund({ id, maxUses }: Counted): Promise<void> {
    if (maxUses > 0) await this.ask((store, deadline) => store.refund(id, { deadline }));
  }

  /** A token whose count could be forgotten by now has long expired, and is left as it is. */
  async revoke(token: Counted): Promise<void> {
    const keepUntil = this.keepUntil(token);
    if (keepUntil.getTime() <= Date.now()) return;
    await this.ask((store, deadline) => store.revoke(token.id, keepUntil, { deadline }));
  }

  /** Batch after batch, and between two of them the requests that wait. */
  async purgeExpired(signal?: AbortSignal): Promise<number> {
    const now = new Date();
    for (let purged = 0; ;) {
      if (signal?.aborted) return purged;
      const batch = await this.ask((store, deadline) => store.purgeExpired(now, { deadline }));
      if (!(batch > 0)) return purged;
      purged += batch;
      await new Promise(setImmediate);
    }
  }

  private count(id: string, options: ConsumeOptions = {}): Promise<number> {
    return this.ask(async (store, deadline) => {
      const used = await store.used(id, { ...options, deadline });
      if (!Number.isSafeInteger(used) || used < 0) throw new Error('it gave no count');
      return used;
    });
  }

  private keepUntil({ expiresAt }: Counted): Date {
    const moment = expiresAt.getTime() + this.options.leeway * 1_000 + KEPT_AFTER_EXPIRY;
    return new Date(Math.min(moment, LAST_MOMENT));
  }

  private ask<R>(question: (store: TempIDStore, deadline: number) => Promise<R>): Promise<R> {
    return askStore(this.store, this.options.storeTimeout * 1_000, question);
  }
}
