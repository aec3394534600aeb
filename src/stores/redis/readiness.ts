import type { ClientEvent, RedisClient } from './client.js';
import { plainError } from './failure.js';

/** The states in which ioredis puts a command into a queue, and sends it whenever that comes to an end. */
const CONNECTING: ReadonlySet<string> = new Set([
  'connecting',
  'connect',
  'reconnecting',
  'close',
  'disconnecting',
]);

/**
 * Waits until a client is connected. Nothing is sent before: a use that waited in the client's own queue
 * would be spent when the server returns, long after it was answered as unavailable.
 */
export class Readiness {
  private change: Promise<void> | undefined;

  /** @param events what ends the waiting, beside its deadline */
  constructor(
    private readonly client: RedisClient,
    private readonly events: readonly ClientEvent[],
  ) {}

  /**
   * @param deadline by `performance.now()`
   * @throws Error where the client is not connected by then
   */
  async by(deadline: number): Promise<void> {
    if (!CONNECTING.has(this.client.status)) return;
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<never>((_, reject) => {
      const giveUp = () => reject(new Error('there was no connection to Redis in time'));
      timer = setTimeout(giveUp, Math.max(0, deadline - performance.now()));
    });
    try {
      await Promise.race([(this.change ??= this.nextChange()), patience]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** One for all that wait: a listener for each of thousands would look like a leak. */
  private nextChange(): Promise<void> {
    const { client, events } = this;
    return new Promise((resolve, reject) => {
      const outcomes = {
        ready: () => resolve(),
        end: () => reject(new Error('the connection to Redis is closed')),
        error: (error: Error) => reject(plainError(error)),
      };
      const listeners = new Map<ClientEvent, (error: Error) => void>();
      for (const event of events) {
        listeners.set(event, (error) => {
          this.change = undefined;
          for (const [name, listener] of listeners) client.off(name, listener);
          outcomes[event](error);
        });
      }
      for (const [event, listener] of listeners) client.once(event, listener);
    });
  }
}
