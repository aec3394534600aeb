import type { DataSource } from 'typeorm';

/** How often it looks by itself, in milliseconds; the end of a transaction of TypeORM is told to it. */
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

  /**
   * @param deadline by `performance.now()`
   * @throws what the work throws, or that there was no such moment before the deadline
   */
  async run<R>(work: () => R, deadline: number): Promise<R> {
    return this.isTransactionOpen() ? this.later(work, deadline) : work();
  }

  private later<R>(work: () => R, deadline: number): Promise<R> {
    // Ahead of those who wait for the answer, so that they hear why.
    const patience = Math.max(0, deadline - performance.now() - 5 * LOOK_EVERY);
    return new Promise((resolve, reject) => {
      const looking = setInterval(() => this.proceed(), LOOK_EVERY);
      const stop = () => {
        clearInterval(looking);
        clearTimeout(timer);
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
      const timer = setTimeout(() => {
        stop();
        reject(
          new Error(
            'there was no moment without an open transaction on the SQLite connection; use tokens before a ' +
              'transaction or after it, or within it by use(token, { manager })',
          ),
        );
      }, patience);
      this.waiting.add(attempt);
    });
  }

  private proceed(): void {
    if (this.isTransactionOpen()) return;
    for (const attempt of this.waiting) attempt();
  }
}
