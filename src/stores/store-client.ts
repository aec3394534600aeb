import { TempIDError, TempIDStoreUnavailableError } from '../common/errors.js';
import { errorMessage } from '../common/error-message.js';
import { outageOf, type StoreOutage } from './store-outage.js';
import type {
  ConsumeOptions,
  ConsumeResult,
  ScopeRevocation,
  StoreOptions,
  TempIDStore,
} from './tempid-store.js';

/** What a call says to the store beside the deadline, which the client gives. */
type CallOptions = Omit<ConsumeOptions, 'deadline'>;

/**
 * Through which the store is asked. Whatever it throws becomes the one error that says that no use was allowed, and
 * so do its silence and an answer that is none. It tells outages to the log.
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
    return this.ask(options, async (store, told) => {
      const { allowed, used } = Object(await store.consume(id, maxUses, keepUntil, told)) as {
        allowed?: unknown;
        used?: unknown;
      };
      if (typeof allowed !== 'boolean') throw new Error('it said neither yes nor no');
      const count = parseCount(used);
      if (!allowed) return { allowed, used: Math.max(count, maxUses) };
      if (count >= 1 && count <= maxUses) return { allowed, used: count };
      throw new Error(`it allowed use ${count} of ${maxUses}`);
    });
  }

  used(id: string, options: CallOptions = {}): Promise<number> {
    return this.ask(options, async (store, told) => parseCount(await store.used(id, told)));
  }

  refund(id: string): Promise<void> {
    return this.ask({}, (store, told) => store.refund(id, told));
  }

  revoke(id: string, keepUntil: Date, options: StoreOptions = {}): Promise<void> {
    return this.ask(options, (store, told) => store.revoke(id, keepUntil, told));
  }

  revokeScope(
    scope: string,
    revocation: ScopeRevocation,
    keepUntil: Date,
    options: StoreOptions = {},
  ): Promise<void> {
    return this.ask(options, (store, told) =>
      store.revokeScope(scope, revocation, keepUntil, told),
    );
  }

  /** Says nothing of whether uses are answered: many stores have nothing to purge, and ask no server. */
  purgeExpired(now: Date): Promise<number> {
    const purge = async (store: TempIDStore, told: ConsumeOptions) =>
      parseCount(await store.purgeExpired(now, told));
    return this.ask({}, purge, null);
  }

  remember(id: string, value: Uint8Array, until: Date): Promise<void> {
    return this.ask({}, (store, told) => store.remember(id, value, until, told));
  }

  recall(id: string): Promise<Uint8Array | null> {
    return this.ask({}, async (store, told) => {
      const value: unknown = await store.recall(id, told);
      if (value === null || value instanceof Uint8Array) return value;
      throw new Error('it gave no bytes');
    });
  }

  /** @throws {@link TempIDStoreUnavailableError} with the store's own error as its cause */
  private async ask<R>(
    options: CallOptions,
    question: (store: TempIDStore, options: ConsumeOptions) => Promise<R>,
    outage = this.outageIn(options),
  ): Promise<R> {
    const { store, timeout } = this;
    const deadline = performance.now() + timeout;
    const ask = () => question(store, { ...options, deadline });
    const askInTime = () => {
      if (performance.now() < deadline) return ask();
      throw new Error('it had not begun in time');
    };
    try {
      const answer = await withinTimeout(this.begun()?.then(askInTime) ?? ask(), timeout);
      outage?.succeed();
      return answer;
    } catch (error) {
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

  /** What fails within a transaction of the application may be the transaction's fault. */
  private outageIn(options: CallOptions): StoreOutage | null {
    const { store } = this;
    return store.useOptions.some((name) => name in options) ? null : outageOf(store);
  }
}

/** @param timeout milliseconds */
async function withinTimeout<R>(answer: Promise<R>, timeout: number): Promise<R> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    const giveUp = () => reject(new Error(`it was silent for ${timeout} ms`));
    // Where this process itself was held up, the answer may be there, and comes before the next turn.
    timer = setTimeout(() => setImmediate(giveUp), timeout);
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
