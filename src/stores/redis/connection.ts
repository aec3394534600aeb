import { Logger } from '@nestjs/common';
import type { ClientEvent, RedisClient } from './client.js';
import { isConnecting, plainError } from './ioredis-internals.js';

/** A client, and what the store may do with it. */
export abstract class Connection {
  abstract readonly client: RedisClient;
  /** After so many milliseconds the client itself rejects a command. */
  abstract readonly commandTimeout: number;
  /** What ends the wait for a connection, beside its deadline. */
  protected abstract readonly events: readonly ClientEvent[];
  private change: Promise<void> | undefined;

  /** Whether a command would be sent at once. */
  get isReady(): boolean {
    return this.client.status === 'ready';
  }

  /** Begins to connect, and does not wait for it. */
  abstract open(): void;

  /** A command for this key had no answer in time. */
  unanswered(_key: string): void {}

  close(): void {}

  /**
   * Waits until the client is connected. Nothing is sent before: a use that waited in the client's own queue
   * would be spent when the server returns, long after it was answered as unavailable.
   *
   * @param deadline by `performance.now()`
   * @throws Error where the client is not connected by then
   */
  async ready(deadline: number): Promise<void> {
    if (!isConnecting(this.client)) return;
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      const fail = () => reject(new Error('there was no connection to Redis in time'));
      timer = setTimeout(fail, Math.max(0, deadline - performance.now()));
    });
    try {
      await Promise.race([(this.change ??= this.nextChange()), timeout]);
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

/** A client of the application, which connects and closes it, and decides how long it waits. */
export class ExternalConnection extends Connection {
  override readonly commandTimeout = Infinity;
  /** An error is the application's, whose client may try again. */
  protected override readonly events = ['ready', 'end'] as const;

  constructor(override readonly client: RedisClient) {
    super();
  }

  override open(): void {
    const remedy = remedyFor(this.client);
    if (remedy === undefined) return;
    new Logger('RedisTempIDStore').warn(
      'The client that RedisTempIDStore was given sends a command again whose answer was lost, so one ' +
        `request may spend two uses. Make it with { ${remedy} }.`,
    );
  }
}

/** The option by which a client would send no command twice, where it does. */
function remedyFor({ options = {} }: RedisClient): string | undefined {
  if (options.autoResendUnfulfilledCommands) return 'autoResendUnfulfilledCommands: false';
  return options.retryDelayOnFailover ? 'retryDelayOnFailover: 0' : undefined;
}
