/** What ends a statement: the server by itself, and the driver wherever the statement is in its queues. */
export interface Limits {
  /** Milliseconds, for the server. */
  readonly maxTimeMS?: number;
  /** For the driver: heeded since mongodb 6.13. What was not sent is not sent any more. */
  readonly signal: AbortSignal;
}

/**
 * The statements that wait for the server. One is over when nobody waits for its answer any longer.
 *
 * If it was sent, the driver closes its connection, since the answer may still come and would be taken for that
 * of the next one. So a server that does not answer holds no connection of the pool.
 */
export class Statements {
  private readonly running = new Set<AbortController>();

  /** @param deadline by `performance.now()`; null for what may take as long as it does */
  async run<R>(deadline: number | null, statement: (limits: Limits) => Promise<R>): Promise<R> {
    const controller = new AbortController();
    const { signal } = controller;
    this.running.add(controller);
    let timer: NodeJS.Timeout | undefined;
    try {
      if (deadline === null) return await statement({ signal });
      const left = deadline - performance.now();
      if (left <= 0) throw new Error('it was not reached in time');
      timer = setTimeout(() => controller.abort(new Error('it did not answer in time')), left);
      return await statement({ signal, maxTimeMS: Math.ceil(left) });
    } finally {
      clearTimeout(timer);
      this.running.delete(controller);
    }
  }

  /** Waits for none of them any longer. */
  end(): void {
    for (const controller of this.running) {
      controller.abort(new Error('its connection was closed with the application'));
    }
  }
}
