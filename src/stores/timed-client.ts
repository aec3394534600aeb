import { errorMessage } from '../common/error-message.js';
import { TempIDError, TempIDStoreUnavailableError } from '../common/errors.js';
import type { TempIDEvents } from '../events/tempid-events.js';
import { outageOf, type OutageSubject } from './store-outage.js';

/** Waits for a provider that Nest has not begun, as that of a lazily loaded module; undefined once it is. */
export type Begun = () => Promise<void> | undefined;

/** What a client asks, and the options that it may be given beside the deadline. */
interface Asked {
  readonly useOptions: readonly string[];
  purgeExpired(now: Date, options: { readonly deadline: number }): Promise<number>;
}

/**
 * Asks a store or a ledger. Whatever it throws becomes the one error that says that nothing was allowed, and so do its
 * silence and an answer that is none. Outages are written to the log.
 */
export abstract class TimedClient<Store extends Asked> {
  /** @param timeout milliseconds: an answer that comes later is not heard */
  constructor(
    protected readonly store: Store,
    private readonly about: OutageSubject,
    private readonly timeout: number,
    private readonly begun: Begun = () => undefined,
  ) {}

  /** The options that the store adds to a call. */
  get useOptions(): Store['useOptions'] {
    return this.store.useOptions;
  }

  /** Batch after batch, and between two of them the requests that wait. Returns how many rows it has removed. */
  async purgeExpired(events: TempIDEvents, signal?: AbortSignal): Promise<number> {
    const now = new Date(Date.now());
    const start = performance.now();
    const purge = async ({ deadline }: { readonly deadline: number }) =>
      parseCount(await this.store.purgeExpired(now, { deadline }));
    let count = 0;
    try {
      for (;;) {
        if (signal?.aborted) return count;
        // Begins and ends no outage: many stores have nothing to purge, and ask no server.
        const batch = await this.ask({}, purge, false);
        if (batch === 0) return count;
        count += batch;
        await new Promise(setImmediate);
      }
    } finally {
      if (count > 0 && events.isObserved) {
        events.emit({ type: 'purged', count, milliseconds: performance.now() - start });
      }
    }
  }

  /** @throws {@link TempIDStoreUnavailableError} with the store's own error as its cause */
  protected async ask<Options extends object, R>(
    options: Options,
    question: (options: Options & { readonly deadline: number }) => Promise<R>,
    // A failure within a transaction of the application may be the transaction's fault.
    tellsOutage = !this.useOptions.some((name) => name in options),
  ): Promise<R> {
    const { store, timeout, about } = this;
    const outage = tellsOutage ? outageOf(store, about) : undefined;
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
        `The ${about.name} (${store.constructor.name}) could not answer: ${reason}`,
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

/** @throws Error for what is no count */
export function parseCount(count: unknown): number {
  if (typeof count === 'number' && Number.isSafeInteger(count) && count >= 0) return count;
  throw new Error('it gave no count');
}
