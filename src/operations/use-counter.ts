import type { TempIDEvents } from '../events/tempid-events.js';
import { LAST_MOMENT, MAX_USES } from '../token/claims.js';
import {
  TempIDAlreadyUsedError,
  TempIDExhaustedError,
  TempIDExpiredError,
  TempIDNotYetValidError,
  TempIDRevokedError,
  TempIDStoreUnavailableError,
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
import type { UsedByStore } from '../stores/used-by.js';
import type { TempID } from '../token/tempid.js';
import { toUsedByPage, type UsedByPage } from './used-by.js';
import { type StoreRules, storeRulesOf } from './verify-options.js';

/** How often a token was used. null where nothing is counted: the token has no use limit. */
export interface UsesInfo {
  readonly total: number | null;
  readonly used: number | null;
  /** 0 of a revoked token, also of one without a use limit. */
  readonly left: number | null;
}

/** What has uses: a token, or what is counted in its place. */
export type Countable = Pick<TempID<unknown>, 'id' | 'maxUses' | 'expiresAt'> & ScopedClaims;

/** Which of those who used a token are asked for. */
type UsersPage = Parameters<UsedByStore['usedBy']>[1];

export const EXHAUSTED = new Refusal(TempIDExhaustedError, 'Every use of the token is spent.');
export const REVOKED = new Refusal(TempIDRevokedError, 'The token was revoked.');

const ALREADY_USED = new Refusal(TempIDAlreadyUsedError, 'The same one has used the token before.');

/** A count is kept this long after its token, so that no difference of two clocks brings a used-up token back. */
const KEPT_AFTER_EXPIRY_MS = 3_600_000;

/** How far the clock of another machine may be ahead that issues tokens, beside the leeway. */
const MAX_AHEAD_MS = 60_000;

export const TOO_OLD = new Refusal(
  TempIDExpiredError,
  `The token is older than 'maxLifetime' allows.`,
);
const FROM_THE_FUTURE = new Refusal(
  TempIDNotYetValidError,
  'The token was issued in the future: the clock of the machine that minted it is ahead of this one.',
);

/** How often a token that is used all the while is tried to be ended. */
const MAX_ROUNDS = 100;

/** The uses of tokens, in the terms of the store: ids, counts, and how long to keep them. */
export class UseCounter {
  /** How the options are read that the store adds to a use and to a revocation. */
  readonly storeRules: StoreRules;
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
    private readonly events: TempIDEvents,
  ) {
    const begun = () => lifecycle.begun('store');
    this.store = new StoreClient(store, options.storeTimeout * 1_000, begun);
    this.storeRules = storeRulesOf(this.store.useOptions);
  }

  /**
   * Uses a token once; of one without a limit, where nobody is named, the store is only asked whether it was revoked.
   *
   * @returns whether the one who is named has had their use before, and nothing was spent
   */
  async use(
    token: Countable,
    options: ConsumeOptions,
  ): Promise<Refusal | { readonly repeated: boolean }> {
    if (token.maxUses === 0 && options.by === undefined) {
      return (await this.refuseUsed(token, options)) ?? { repeated: false };
    }
    const refusal = this.refuseOutOfTime(token);
    if (refusal) return refusal;
    const { allowed, used, repeated = false } = await this.consume(token, options);
    if (allowed) return { repeated };
    if (used >= REVOKED_COUNT) return REVOKED;
    return repeated ? ALREADY_USED : EXHAUSTED;
  }

  /** Counts one use of what is not out of time. */
  consume(token: Countable, options: ConsumeOptions = {}): Promise<ConsumeResult> {
    const { id, maxUses, expiresAt } = token;
    const keepUntil = this.keepUntil(expiresAt.getTime());
    return this.store.consume(id, maxUses || MAX_USES, keepUntil, withIssuance(token, options));
  }

  /** Refuses a token that is used up or revoked, and counts nothing. */
  async refuseUsed(token: Countable, options: ConsumeOptions = {}): Promise<Refusal | null> {
    const refusal = this.refuseOutOfTime(token);
    if (refusal) return refusal;
    return refuseByCount(token, await this.count(token, options));
  }

  /**
   * Ends a token between two uses of it: none is counted after the count that was read.
   *
   * @returns how many uses it had left, of one without a limit 0
   * @throws TempIDStoreUnavailableError also where a use came between each time
   */
  async end(token: Countable, options: StoreOptions): Promise<number | Refusal> {
    const { id, maxUses } = token;
    const keepUntil = this.keepUntil(token.expiresAt.getTime());
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const used = await this.count(token, options);
      const refusal = this.refuseOutOfTime(token) ?? refuseByCount(token, used);
      if (refusal) return refusal;
      const hasEnded = await this.store.revokeIfUsed(id, used, keepUntil, options);
      if (hasEnded) return Math.max(0, maxUses - used);
    }
    throw new TempIDStoreUnavailableError(
      `The token was used ${MAX_ROUNDS} times while it was to be ended between two uses. It has not ended.`,
    );
  }

  async isRevoked(token: Countable, options: StoreOptions = {}): Promise<boolean> {
    return (await this.count(token, options)) >= REVOKED_COUNT;
  }

  async info(token: Countable): Promise<UsesInfo> {
    return usesInfoOf(token.maxUses, await this.count(token));
  }

  /** What the store has counted of many, asked once; null of those whose count may be gone. */
  async countsOf(tokens: readonly Countable[]): Promise<readonly (number | null)[]> {
    const now = Date.now();
    const kept = tokens.filter(
      ({ expiresAt }) => this.keepUntil(expiresAt.getTime()).getTime() > now,
    );
    const ids = kept.map(({ id }) => id);
    const counts = ids.length > 0 ? await this.store.usedOf(ids, kept.map(issuanceOf)) : [];
    const byId = new Map(ids.map((id, index) => [id, counts[index]]));
    return tokens.map(({ id }) => byId.get(id) ?? null);
  }

  /**
   * Of a token without a limit only the uses of those who are named are counted.
   *
   * @returns whether the use is one that is counted
   */
  async refund({ id, maxUses }: Countable, options: ConsumeOptions = {}): Promise<boolean> {
    const isCounted = maxUses > 0 || options.by !== undefined;
    if (isCounted) await this.store.refund(id, options);
    return isCounted;
  }

  async usedBy({ id }: Countable, { limit, after }: UsersPage): Promise<UsedByPage> {
    const page = { limit: limit + 1, ...(after && { after }) };
    return toUsedByPage(await this.store.usedBy(id, page), limit);
  }

  /**
   * Keeps the count of a token for as long as a later end needs.
   *
   * @param expiresAt Unix seconds
   */
  async prolong(id: string, expiresAt: number, options: StoreOptions): Promise<void> {
    await this.store.prolong(id, this.keepUntil(expiresAt * 1_000), options);
  }

  /**
   * A token whose count could be forgotten by now has long expired, and is left as it is.
   *
   * @returns whether it was revoked
   */
  async revoke(token: Countable, options: StoreOptions = {}): Promise<boolean> {
    const keepUntil = this.keepUntil(token.expiresAt.getTime());
    if (keepUntil.getTime() <= Date.now()) return false;
    await this.store.revoke(token.id, keepUntil, options);
    return true;
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

  purgeExpired(signal?: AbortSignal): Promise<number> {
    return this.store.purgeExpired(this.events, signal);
  }

  /**
   * Refuses a token that no revocation of its scopes reaches: it is older than `maxLifetime`, so that revocation may be
   * forgotten; or it was issued in the future.
   */
  refuseOutOfTime(token: ScopedClaims): Refusal | null {
    const since = scopedSince(token);
    if (since === undefined) return null;
    const { leeway, maxLifetime } = this.options;
    const age = Date.now() - since;
    if (age >= (maxLifetime + leeway) * 1_000) return TOO_OLD;
    return age < -(MAX_AHEAD_MS + leeway * 1_000) ? FROM_THE_FUTURE : null;
  }

  private async count(token: Countable, options: ConsumeOptions = {}): Promise<number> {
    // It never works again.
    if (this.refuseOutOfTime(token) === TOO_OLD) return REVOKED_COUNT;
    return this.store.used(token.id, withIssuance(token, options));
  }

  /** @param expiry Unix milliseconds */
  keepUntil(expiry: number): Date {
    const moment = expiry + this.options.leeway * 1_000 + KEPT_AFTER_EXPIRY_MS;
    return new Date(Math.min(moment, LAST_MOMENT));
  }
}

/** @param count how often the store has counted what may be used so often */
export function usesInfoOf(maxUses: number, count: number): UsesInfo {
  if (maxUses === 0) return { total: null, used: null, left: count >= REVOKED_COUNT ? 0 : null };
  const used = Math.min(count, maxUses);
  return { total: maxUses, used, left: maxUses - used };
}

function refuseByCount({ maxUses }: Countable, used: number): Refusal | null {
  if (used >= REVOKED_COUNT) return REVOKED;
  return maxUses > 0 && used >= maxUses ? EXHAUSTED : null;
}

function withIssuance(token: Countable, options: ConsumeOptions): ConsumeOptions {
  const issuance = issuanceOf(token);
  return issuance ? { ...options, issuance } : options;
}
