import { TempIDError, TempIDStoreUnavailableError } from '../common/errors.js';
import { errorMessage } from '../common/error-message.js';
import { assertChangesCounts } from './count-changes.js';
import { assertKeepsRevocations, type ScopeRevocation } from './scope-revocations.js';
import { outageOf } from './store-outage.js';
import type {
  ConsumeOptions,
  ConsumeResult,
  Issuance,
  StoreOptions,
  TempIDStore,
} from './tempid-store.js';
import { assertKeepsUsers, type UsedBy, type UsedByStore } from './used-by.js';

/** The options of a call but the deadline, which the client adds. */
type CallOptions = Omit<ConsumeOptions, 'deadline'>;

/**
 * Asks the store. Whatever it throws becomes the one error that says that no use was allowed, and so do its silence
 * and an answer that is none. Outages are written to the log.
 */
export class StoreClient {
  /**
   * @param timeout milliseconds: an answer that comes later is not heard, so a use that it allows is lost
   * @param begun waits for a store that Nest has not begun, as that of a lazily loaded module; undefined once it is
   */
  constructor(
    private readonly store: TempIDStore,
    private readonly timeout: number,
    private readonly begun: () => Promise<void> | undefined = () => undefined,
  ) {}

  /** The options that the store adds to a use and to a revocation. */
  get useOptions(): TempIDStore['useOptions'] {
    return this.store.useOptions;
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
      if (repeated === true && options.by !== undefined) return { allowed, used: count, repeated };
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
      return store.usedBy(id, page, timed);
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

  /** Begins and ends no outage: many stores have nothing to purge, and ask no server. */
  purgeExpired(now: Date): Promise<number> {
    const purge = async (timed: ConsumeOptions) =>
      parseCount(await this.store.purgeExpired(now, timed));
    return this.ask({}, purge, false);
  }

  /** @throws {@link TempIDStoreUnavailableError} with the store's own error as its cause */
  protected async ask<R>(
    options: CallOptions,
    question: (options: ConsumeOptions) => Promise<R>,
    // A failure within a transaction of the application may be the transaction's fault.
    tellsOutage = !this.useOptions.some((name) => name in options),
  ): Promise<R> {
    const { store, timeout } = this;
    const outage = tellsOutage ? outageOf(store) : undefined;
    const deadline = performance.now() + timeout;
    const ask = () => question({ ...options, deadline });
    // A timer may fire a moment before the deadline: what was answered is not asked any more either.
    let isAnswered = false;
    const askInTime = () => {
      if (!isAnswered && performance.now() < deadline) return ask();
      throw new Error('it had not begun in time');
    };
    try {
      const answer = await withinTimeout(this.begun()?.then(askInTime) ?? ask(), timeout);
      outage?.succeed();
      return answer;
    } catch (error) {
      isAnswered = true;
      if (error instanceof TempIDError && !(error instanceof TempIDStoreUnavailableError)) {
        throw error;
      }
      const reason = errorMessage(error);
      outage?.fail(reason);
      throw new TempIDStoreUnavailableError(
        `The store of use counts (${store.constructor.name}) could not answer: ${reason}`,
        { cause: error },
      );
    }
  }
}

/** @param timeout milliseconds */
async function withinTimeout<R>(answer: Promise<R>, timeout: number): Promise<R> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    const fail = () => reject(new Error(`it was silent for ${timeout} ms`));
    // Where this process itself was held up, the answer may be there, and comes before the next turn.
    timer = setTimeout(() => setImmediate(fail), timeout);
  });
  try {
    return await Promise.race([answer, silence]);
  } finally {
    clearTimeout(timer);
  }
}

function parseCount(count: unknown): number {
  if (typeof count === 'number' && Number.isSafeInteger(count) && count >= 0) return count;
  throw new Error('it gave no count');
}
