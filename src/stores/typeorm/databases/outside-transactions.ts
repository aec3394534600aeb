import type { DataSource } from 'typeorm';

/** How long work waits for a moment without a transaction, in milliseconds. */
const PATIENCE = 2_000;
/** How often it looks by itself; the end of a transaction of TypeORM is told to it. */
const LOOK_EVERY = 10;

/**
 * Runs work while no transaction is open on the one connection of a DataSource. It looks and works in the
 * same turn of the event loop: in between, another request could begin a transaction.
 */
export class OutsideTransactions {
  private readonly waiting = new Set<() => void>();

  constructor(
    dataSource: DataSource,
    private readonly isTransactionOpen: () => boolean,
  ) {
    const proceed = () => this.proceed();
    dataSource.subscribers.push({
      afterTransactionCommit: proceed,
      afterTransactionRollback: proceed,
    });
  }

  /** @throws what the work throws, or that there was no such moment for two seconds */
  async run<R>(work: () => R): Promise<R> {
    return this.isTransactionOpen() ? this.later(work) : work();
  }

  private later<R>(work: () => R): Promise<R> {
    return new Promise((resolve, reject) => {
      const looking = setInterval(() => this.proceed(), LOOK_EVERY);
      const stop = () => {
        clearInterval(looking);
        clearTimeout(patience);
        this.waiting.delete(attempt);
      };
      const attempt = () => {
        stop();
        try {
          resolve(work());
        } catch (error) {
          reject(error);
        }
      };
      const patience = setTimeout(() => {
        stop();
        reject(
          new Error(
            `there was no moment without an open transaction on the SQLite connection for ${PATIENCE} ms; ` +
              'use tokens before a transaction or after it, not within',
          ),
        );
      }, PATIENCE);
      this.waiting.add(attempt);
    });
  }

  private proceed(): void {
    if (this.isTransactionOpen()) return;
    for (const attempt of this.waiting) attempt();
  }
}
