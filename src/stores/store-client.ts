import { assertChangesCounts } from './count-changes.js';
import { assertKeepsRevocations, type ScopeRevocation } from './scope-revocations.js';
import {
  type ConsumeOptions,
  type ConsumeResult,
  type Issuance,
  REVOKED_COUNT,
  type StoreOptions,
  type TempIDStore,
} from './tempid-store.js';
import { STORE } from './store-outage.js';
import { type Begun, parseCount, TimedClient } from './timed-client.js';
import { assertKeepsUsers, type UsedBy, type UsedByStore } from './used-by.js';

/** The options of a call but the deadline, which the client adds. */
type CallOptions = Omit<ConsumeOptions, 'deadline'>;

/** Asks the store; of an answer that comes late the use is lost. */
export class StoreClient extends TimedClient<TempIDStore> {
  constructor(store: TempIDStore, timeout: number, begun?: Begun) {
    super(store, STORE, timeout, begun);
  }

  /** Of a refused use at least `maxUses` are spent. */
  consume(
    id: string,
    maxUses: number,
    keepUntil: Date,
    options: CallOptions = {},
  ): Promise<ConsumeResult> {
    return this.ask(options, async (timed) => {
      if (timed.by !== undefined) assertKeepsUsers(this.store);
      const answer: unknown = await this.store.consume(id, maxUses, keepUntil, timed);
      const { allowed, used, repeated } = Object(answer) as Partial<Record<string, unknown>>;
      if (typeof allowed !== 'boolean') throw new Error('it said neither yes nor no');
      const count = parseCount(used);
      if (repeated === true && options.by !== undefined) {
        const mayRepeat = options.repeat !== undefined && count < REVOKED_COUNT;
        if (!allowed || mayRepeat) return { allowed, used: count, repeated };
        throw new Error('it let one through again who may not come again');
      }
      if (!allowed) return { allowed, used: Math.max(count, maxUses) };
      if (count >= 1 && count <= maxUses) return { allowed, used: count };
      throw new Error(`it allowed use ${count} of ${maxUses}`);
    });
  }

  used(id: string, options: CallOptions = {}): Promise<number> {
    return this.ask(options, async (timed) => parseCount(await this.store.used(id, timed)));
  }

  /** {@link used} of many ids. */
  usedOf(
    ids: readonly string[],
    issuances: readonly (Issuance | undefined)[],
  ): Promise<readonly number[]> {
    return this.ask({}, async (timed) => {
      const counts = await this.store.usedOf(ids, { ...timed, issuances });
      if (counts.length === ids.length) return counts.map(parseCount);
      throw new Error(`it gave ${counts.length} counts of ${ids.length}`);
    });
  }

  /** @throws TempIDConfigurationError for `by`, where the store does not know who used a token */
  refund(id: string, options: CallOptions = {}): Promise<void> {
    return this.ask(options, async (timed) => {
      if (timed.by !== undefined) assertKeepsUsers(this.store);
      await this.store.refund(id, timed);
    });
  }

  /** @throws TempIDConfigurationError where the store does not know who used a token */
  usedBy(
    id: string,
    page: Parameters<UsedByStore['usedBy']>[1],
    options: StoreOptions = {},
  ): Promise<readonly UsedBy[]> {
    return this.ask(options, async (timed) => {
      const { store } = this;
      assertKeepsUsers(store);
      const users: unknown = await store.usedBy(id, page, timed);
      if (Array.isArray(users)) return users as readonly UsedBy[];
      throw new Error('it gave no list of those who used the token');
    });
  }

  /** @throws TempIDConfigurationError where the store cannot keep a count for longer */
  prolong(id: string, keepUntil: Date, options: StoreOptions = {}): Promise<void> {
    return this.ask(options, async (timed) => {
      const { store } = this;
      assertChangesCounts(store);
      await store.prolong(id, keepUntil, timed);
    });
  }

  revoke(id: string, keepUntil: Date, options: StoreOptions = {}): Promise<void> {
    return this.ask(options, (timed) => this.store.revoke(id, keepUntil, timed));
  }

  /** @throws TempIDConfigurationError where the store changes no counts */
  revokeIfUsed(
    id: string,
    used: number,
    keepUntil: Date,
    options: StoreOptions = {},
  ): Promise<boolean> {
    return this.ask(options, async (timed) => {
      const { store } = this;
      assertChangesCounts(store);
      const answer: unknown = await store.revokeIfUsed(id, used, keepUntil, timed);
      if (typeof answer === 'boolean') return answer;
      throw new Error('it said neither yes nor no');
    });
  }

  /** @throws TempIDConfigurationError where the store keeps no revocations of scopes */
  revokeScope(
    scope: string,
    revocation: ScopeRevocation,
    keepUntil: Date,
    options: StoreOptions = {},
  ): Promise<void> {
    return this.ask(options, async (timed) => {
      const { store } = this;
      assertKeepsRevocations(store);
      await store.revokeScope(scope, revocation, keepUntil, timed);
    });
  }
}
