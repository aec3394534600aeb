import { TempIDConfigurationError, TempIDNotFoundError } from '../common/errors.js';
import type { LazyLifecycle } from '../common/lazy-lifecycle.js';
import type { ResolvedOptions } from '../config/options.js';
import type { TempIDEvents } from '../events/tempid-events.js';
import type { IssuedKey, IssuedRow, TempIDLedger } from '../ledger/tempid-ledger.js';
import type { StoreOptions } from '../stores/tempid-store.js';
import { type Claims, LAST_SECOND } from '../token/claims.js';
import { countableOf, type IssuedTempID, toIssuedTempID, type Tracked } from './issued-tempid.js';
import { LedgerClient } from './ledger-client.js';
import { cursorOf, isId, parseTracked, readListOptions } from './list-options.js';
import type { UseCounter } from './use-counter.js';
import { pickStoreOptions, type StoreRules, storeRulesOf } from './verify-options.js';

/** How many rows are looked at for one page of a state, which no index knows. */
const MAX_BATCHES = 10;
const MIN_BATCH = 100;

/** A token by its id alone. */
export interface ById {
  readonly id: string;
}

/** A part of what was issued; `next` is the `after` of the part that follows, null of the last one. */
export interface IssuedList {
  readonly items: readonly IssuedTempID[];
  readonly next: string | null;
}

/** What a new token is beside its claims. */
export type Tracking = Pick<IssuedRow, 'id' | 'format' | 'label' | 'sealed'>;

/** Only what has this one property, so that no other object which a client sent is taken for it. */
export function isById(given: unknown): given is ById {
  if (typeof given !== 'object' || given === null) return false;
  const prototype: unknown = Object.getPrototypeOf(given);
  if (prototype !== Object.prototype && prototype !== null) return false;
  const [name, ...others] = Reflect.ownKeys(given);
  return name === 'id' && others.length === 0 && typeof Reflect.get(given, name) === 'string';
}

/** What was issued: the rows of the ledger, with what the store has counted of them. */
export class IssuedTokens {
  readonly ledger: LedgerClient;
  /** How the options are read that the ledger or the store add to `mint`. */
  readonly mintRules: StoreRules;
  readonly ledgerRules: StoreRules;

  constructor(
    ledger: TempIDLedger,
    private readonly counter: UseCounter,
    private readonly options: ResolvedOptions,
    lifecycle: LazyLifecycle,
    private readonly events: TempIDEvents,
  ) {
    this.ledger = new LedgerClient(ledger, options.storeTimeout * 1_000, () =>
      lifecycle.begun('ledger'),
    );
    this.ledgerRules = storeRulesOf(this.ledger.useOptions);
    this.mintRules = { ...this.ledgerRules, ...counter.storeRules };
  }

  /**
   * The transaction of the application in which a token is minted.
   *
   * @throws TempIDConfigurationError where it would not hold for all that is written, or for nothing
   */
  transactionOf(options: { readonly tracked?: boolean; readonly replace?: boolean }): StoreOptions {
    const { tracked = false, replace = false } = options;
    const transaction = pickStoreOptions(options, this.mintRules);
    for (const name of Object.keys(transaction)) {
      const isForAll =
        (!tracked || name in this.ledgerRules) && (!replace || name in this.counter.storeRules);
      if ((tracked || replace) && isForAll) continue;
      const reason = isForAll
        ? `is for 'tracked' and 'replace', and nothing else of mint writes.`
        : `must be one of both, the ledger (${this.ledger.name}) and the store, where both of them write.`;
      throw new TempIDConfigurationError(`'${name}' ${reason}`);
    }
    return transaction;
  }

  /**
   * The row of a new token.
   *
   * @throws TempIDConfigurationError for what is too long
   */
  rowOf(claims: Claims, tracking: Tracking): IssuedRow {
    const { purpose, subject, audience, notBefore, expiresAt, maxUses } = claims;
    for (const [name, value] of Object.entries({ purpose, subject, audience })) {
      if (value !== null) parseTracked(value, name);
    }
    return {
      ...tracking,
      purpose,
      subject,
      audience,
      issuedAt: claims.issuedAt ?? Date.now(),
      notBefore,
      expiresAt,
      maxUses,
      keepUntil: this.keepUntil(expiresAt),
    };
  }

  /** As long as the module says after the expiry, and as long as the token's count at least: Unix seconds. */
  keepUntil(expiresAt: number): number {
    const count = Math.ceil(this.counter.keepUntil(expiresAt * 1_000).getTime() / 1_000);
    return Math.min(LAST_SECOND, Math.max(count, expiresAt + this.options.keepIssued));
  }

  /** @param given what no ledger can know is not asked for */
  async find(given: unknown): Promise<IssuedTempID | null> {
    const row = isId(given) ? await this.ledger.find(given) : null;
    const [item] = row ? await this.withCounts([row]) : [];
    return item ?? null;
  }

  /** @throws TempIDNotFoundError where the ledger has no such row */
  async countable(id: string, ofStore: StoreOptions): Promise<Tracked> {
    const ofLedger = pickStoreOptions(ofStore, this.ledgerRules);
    const row = isId(id) ? await this.ledger.find(id, ofLedger) : null;
    if (row) return countableOf(row);
    throw new TempIDNotFoundError('The ledger has no token of this id.');
  }

  async list(given: object): Promise<IssuedList> {
    const { filter, state, limit, after } = readListOptions(given);
    const items: IssuedTempID[] = [];
    const size = state === undefined ? limit : Math.max(limit, MIN_BATCH);
    let last: IssuedKey | undefined = after;
    for (let batch = 0; batch < (state === undefined ? 1 : MAX_BATCHES); batch++) {
      // One more tells whether another page follows.
      const page = { limit: size + 1, ...(last && { after: last }) };
      const rows = await this.ledger.list(filter, page);
      const found = await this.withCounts(rows.slice(0, size));
      for (const [index, item] of found.entries()) {
        last = rows[index];
        if (state === undefined || item.state === state) items.push(item);
        const isEnd = index + 1 === rows.length;
        if (items.length === limit) return { items, next: isEnd || !last ? null : cursorOf(last) };
      }
      if (rows.length <= size) return { items, next: null };
    }
    return { items, next: last ? cursorOf(last) : null };
  }

  purgeExpired(signal?: AbortSignal): Promise<number> {
    return this.ledger.purgeExpired(this.events, signal);
  }

  private async withCounts(rows: readonly IssuedRow[]): Promise<IssuedTempID[]> {
    const counts = await this.counter.countsOf(rows.map(countableOf));
    return rows.map((row, index) =>
      toIssuedTempID(row, counts[index] ?? null, this.counter, this.options.leeway),
    );
  }
}
