import { Logger } from '@nestjs/common';
import type { RedisClient } from './client.js';
import { Readiness } from './readiness.js';

/** A client, and what the store may do with it. */
export interface Connection {
  readonly client: RedisClient;
  /** After so many milliseconds the client itself gives up a command. */
  readonly commandTimeout: number;
  /** Whether a command would be sent at once. */
  readonly isReady: boolean;
  /** Begins to connect, and does not wait for it. */
  open(): void;
  /**
   * @param deadline by `performance.now()`
   * @throws Error where the client is not connected by then
   */
  ready(deadline: number): Promise<void>;
  /** A command for this key had no answer in time. */
  unanswered(key: string): void;
  close(): void;
}

/** A client of the application, which connects and closes it, and says how long it waits. */
export class ExternalConnection implements Connection {
  readonly commandTimeout = Infinity;
  private readonly readiness: Readiness;

  constructor(readonly client: RedisClient) {
    // An error is the application's: its client may be told to try again.
    this.readiness = new Readiness(client, ['ready', 'end']);
  }

  get isReady(): boolean {
    return this.client.status === 'ready';
  }

  open(): void {
    const remedy = remedyFor(this.client);
    if (remedy === undefined) return;
    new Logger('RedisTempIDStore').warn(
      'The client that RedisTempIDStore was given sends a command again whose answer was lost, so one ' +
        `request may spend two uses. Make it with { ${remedy} }.`,
    );
  }

  ready(deadline: number): Promise<void> {
    return this.readiness.by(deadline);
  }

  unanswered(): void {}
  close(): void {}
}

/** The option by which a client would send no command twice, where it does. */
function remedyFor({ options = {} }: RedisClient): string | undefined {
  if (options.autoResendUnfulfilledCommands) return 'autoResendUnfulfilledCommands: false';
  return options.retryDelayOnFailover ? 'retryDelayOnFailover: 0' : undefined;
}
